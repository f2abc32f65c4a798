"""ocdscardinal's count of the fields in a file of JSON lines: `cardinal_coverage.py FILE`."""

import sys

import ocdscardinal

if not ocdscardinal.coverage(sys.argv[1]):
    sys.exit("nothing was counted")
