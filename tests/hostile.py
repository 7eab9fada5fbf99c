"""Texts that a stranger's file may hold, each of which some medium takes for more than a text."""

TEXTS = {
    "template": "{{7*191}}{% for i in [] %}",
    "image": "<img src=http://127.0.0.1:9/x onerror=window.__pwned=1>",
    "script": "</script><script>window.__pwned=1</script>",
    "markdown": "![x](http://127.0.0.1:9/x.png) [y](http://127.0.0.1:9/y) **b** :red[c] "
    ":material/home: http://127.0.0.1:9/:material/home:",
    "style": '<span style="background:url(http://127.0.0.1:9/z)">s</span>'
    '<a href="http://127.0.0.1:9/">a</a>',
    "maths": "$\\frac{a}{$ \\_{^ $x$ \\(y\\) \\[z\\]",
    "shell": "x; touch PWNED #",
    "sheet": '=HYPERLINK("http://127.0.0.1:9/")',
    "code": "``` `x` `` a`b",
    "lists": "1. one - two * three # four > five | six ~~seven~~ __eight__ &lt; \\ [^n] ~= >= <-",
    "links": "www.example.org a@b.org HTTPS://x.org :smile: :streamlit: -> -- a->b :a :b[c]",
    "hover": "%{customdata[0]} %{y:.1f} <extra>e</extra> <br> <b>b</b>",
}
