"""The shapes of the API: what its queries ask, and what it lets out.

What goes out passes a shape, and what no shape names stays inside.
"""
