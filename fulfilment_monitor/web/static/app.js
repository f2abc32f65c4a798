/* What HTML cannot do. Every page works without this file. */

(function () {
  "use strict";

  /* A refused form was drawn again: begin at what is wrong with it. */
  function focusFault(root) {
    const fault = root.querySelector("[data-focus]");
    if (fault) fault.focus();
  }

  /* A button that copies the code beside it; hidden where there is no script. */
  function showCopyButtons(root) {
    for (const code of root.querySelectorAll("[data-copy]")) {
      const button = code.parentElement.querySelector("button[data-copied]");
      if (button) button.hidden = false;
    }
  }

  /* The clipboard is there in secure contexts only; many offices run without them. */
  async function copy(code) {
    if (navigator.clipboard) return navigator.clipboard.writeText(code.textContent);
    const range = document.createRange();
    range.selectNodeContents(code);
    const selection = window.getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
    if (!document.execCommand("copy")) throw new Error("copying is not possible here");
  }

  document.addEventListener("click", async function (event) {
    const button = event.target.closest("button[data-copied]");
    if (!button) return;
    try {
      await copy(button.parentElement.querySelector("[data-copy]"));
      button.textContent = button.dataset.copied;
    } catch {
      window.getSelection().selectAllChildren(button.parentElement.querySelector("[data-copy]"));
    }
  });

  /* A slash leads to the search, as long as nothing is being written. */
  document.addEventListener("keydown", function (event) {
    const find = document.getElementById("find");
    const writing = event.target.closest("input, textarea, select, [contenteditable]");
    if (!find || event.key !== "/" || writing || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    find.focus();
    find.select();
  });

  /* What stands behind the # of a link goes into its form, and out of the address. */
  function takeFragment(root) {
    const field = root.querySelector("[data-fragment] input");
    if (!field || window.location.hash.length < 2) return;
    field.value = window.location.hash.slice(1);
    field.readOnly = true;
    window.history.replaceState(null, "", window.location.pathname);
  }

  /* Ask before what cannot be undone; send a form only once. */
  document.addEventListener("submit", function (event) {
    const form = event.target;
    const sure = (event.submitter && event.submitter.dataset.sure) || form.dataset.sure;
    if (form.dataset.sent || (sure && !window.confirm(sure))) {
      event.preventDefault();
      event.stopPropagation();
    } else if (form.method === "post") {
      form.dataset.sent = "yes";
      if ("long" in form.dataset) waiting = window.setTimeout(showBusy, 700, true);
    }
  }, true);

  /* What may take long says so while it is waited for. */
  let waiting;
  function showBusy(working) {
    const busy = document.getElementById("busy");
    if (busy) busy.textContent = working ? busy.dataset.said : "";
  }

  /* A page that comes back from the history can be sent again. */
  window.addEventListener("pageshow", function () {
    window.clearTimeout(waiting);
    showBusy(false);
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });

  /* After a part was exchanged the keyboard is where the new part begins. */
  document.addEventListener("htmx:afterSettle", function (event) {
    const part = event.detail.elt;
    showCopyButtons(part);
    if (part.id === "content") part.focus({ preventScroll: true });
    focusFault(part);
  });

  showCopyButtons(document);
  takeFragment(document);
  focusFault(document);
})();
