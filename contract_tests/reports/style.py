"""How the HTML page looks, in light and in dark."""

STYLE = """
:root { color-scheme: light dark; --ink: #1c2430; --quiet: #5d6878; --paper: #fbfbf9; --card: #fff; --line: #e2e4e0;
  --good: #22863a; --bad: #c0362c; --idle: #b9bec6; --code: #f1f2ee; --link: #1f5fbf }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e7ec; --quiet: #98a2b1; --paper: #15181d; --card: #1c2027;
  --line: #313742; --good: #4fb368; --bad: #ef7268; --idle: #545c69; --code: #262b34; --link: #82b1ff } }
* { box-sizing: border-box }
body { font: 16px/1.55 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 66rem;
  margin: 0 auto; padding: 2.5rem 1.4rem 5rem }
h1 { font-size: 2.1rem; line-height: 1.2; margin: .1rem 0 .5rem } h2 { font-size: 1.2rem; margin: 2.8rem 0 .8rem }
h3 { font-size: 1rem; margin: 0; display: flex; gap: .8rem; flex-wrap: wrap; align-items: baseline }
p { margin: .3rem 0 }
code, pre { font: .86em/1.5 ui-monospace, Menlo, Consolas, monospace } a { color: var(--link) }
header { border-left: .45rem solid var(--good); padding-left: 1.2rem } header.bad { border-color: var(--bad) }
.over { text-transform: uppercase; letter-spacing: .08em; font-size: .75rem; color: var(--quiet) }
.quiet { color: var(--quiet); font-size: .86rem }
.bar { display: flex; height: .6rem; border-radius: .3rem; overflow: hidden; margin: 1.6rem 0 .5rem;
  background: var(--line) }
.bar i.passed, .dot.passed { background: var(--good) } .bar i.failed, .dot.failed { background: var(--bad) }
.bar i.idle, .dot.idle { background: var(--idle) }
.legend { display: flex; gap: 1.4rem; font-size: .9rem } .legend .dot { margin-right: .45rem }
.dot { display: inline-block; flex: none; width: .62rem; height: .62rem; border-radius: 50% }
article { background: var(--card); border: 1px solid var(--line); border-left: .25rem solid var(--bad);
  border-radius: .4rem;
  padding: .9rem 1.2rem; margin: .9rem 0 }
article:target { outline: 2px solid var(--bad) }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .25rem 1.1rem; margin: .6rem 0 }
dt { color: var(--quiet) } dd { margin: 0; overflow-wrap: anywhere }
pre { background: var(--code); border-radius: .3rem; padding: .6rem .8rem; margin: .5rem 0; white-space: pre-wrap;
  overflow-wrap: anywhere }
summary { cursor: pointer } article summary { color: var(--link); font-size: .9rem }
.wide { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-size: .92rem } th { font-weight: 600; color: var(--quiet) }
th, td { text-align: right; padding: .35rem .7rem; border-bottom: 1px solid var(--line); vertical-align: top }
th:first-child, td:first-child, th:last-child, td:last-child { text-align: left }
td:last-child a { white-space: nowrap }
.subject { background: var(--card); border: 1px solid var(--line); border-radius: .4rem; margin: .5rem 0;
  padding: .6rem 1rem }
.subject > summary { display: flex; gap: 1rem; align-items: center } .subject > summary > b { min-width: 8rem }
.dots { display: flex; flex-wrap: wrap; gap: .25rem } .subject ul { list-style: none; padding: 0;
  margin: .8rem 0 .2rem }
.subject li { display: flex; gap: .7rem; padding: .4rem 0; border-top: 1px solid var(--line) }
.subject li > .dot { margin-top: .5rem } .subject li p { margin: .1rem 0 0 }
"""
