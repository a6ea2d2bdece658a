//! Colours, fonts and dashes, for light pages and dark ones.
//!
//! `SVG` in the rules stands for the picture's own id, so that two pictures in one page keep to themselves. Colours are
//! written out, because not every viewer knows variables; each pair has a contrast of at least 4.5 to 1 for text.

pub(super) const CSS: &str = "\
SVG text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',Arial,sans-serif;font-size:11px;fill:#24292f}
SVG .page{fill:#ffffff}
SVG .title{font-size:18px;font-weight:bold}
SVG .tag{font-size:9px;font-weight:bold}
SVG .name{font-size:13px;font-weight:bold}
SVG .name,SVG .call{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace}
SVG .note{text-anchor:end;fill:#57606a}
SVG .middle{text-anchor:middle}
SVG .fault{fill:#b3261e}
SVG .box{stroke-width:1.5}
SVG .write .box{fill:#fdf0d0;stroke:#a86a00;stroke-width:2}
SVG .write .seam{stroke:#c98a12;stroke-width:6}
SVG .write .tag{fill:#7d4e00}
SVG .read .box{fill:#eef4fb;stroke:#4a79ab}
SVG .read .tag{fill:#27598d}
SVG .wait .box{fill:#f1eefb;stroke:#6f5bb5}
SVG .wait .tag{fill:#5440a0}
SVG .person .box{fill:#fde8f0;stroke:#b0256a;stroke-width:4}
SVG .person .tag{fill:#9c1c5c}
SVG .code .box{fill:#e9f5ee;stroke:#2f7d51}
SVG .code .bar{fill:none;stroke:#2f7d51;stroke-width:1.5}
SVG .code .tag{fill:#1f6b41}
SVG .plain .box{fill:#f6f6f4;stroke:#77756f}
SVG .plain .tag{fill:#5a5852}
SVG .wrong .box{fill:#fff0ee;stroke:#b3261e;stroke-width:2;stroke-dasharray:4 3}
SVG .wrong .tag{fill:#b3261e}
SVG .never .box{fill:#f6f6f6;stroke:#b8b8b8;stroke-dasharray:2 3}
SVG .never .bar,SVG .never .seam{fill:none;stroke:#b8b8b8;stroke-width:1.5}
SVG .never text{fill:#6e7077}
SVG .around .box{fill:#fbfaf7;stroke:#77756f;stroke-width:2}
SVG .stop{fill:#b3261e}
SVG .edge .line{fill:none;stroke:#4b5158;stroke-width:1.6}
SVG .edge .head,SVG .edge .port{fill:#4b5158}
SVG .failure .line{stroke:#b3261e;stroke-width:2;stroke-dasharray:7 4}
SVG .failure .head,SVG .failure .port{fill:#b3261e}
SVG .cancel .line{stroke:#7a3fb0;stroke-width:2;stroke-dasharray:2 4}
SVG .cancel .head,SVG .cancel .port{fill:#7a3fb0}
SVG .never .line{stroke:#b8b8b8}
SVG .edge.never .head{fill:#b8b8b8}
SVG .label rect{fill:#ffffff;stroke:#c5c8cc;stroke-width:1}
SVG .reference rect{stroke:#4b5158;stroke-width:1.5;stroke-dasharray:3 2}
@media (prefers-color-scheme:dark){
SVG text{fill:#e4e6ea}
SVG .page{fill:#14171b}
SVG .note{fill:#a8afb8}
SVG .fault{fill:#ff9c94}
SVG .write .box{fill:#3a2a08;stroke:#d9a13a}
SVG .write .seam{stroke:#e5b04a}
SVG .write .tag{fill:#f0c774}
SVG .read .box{fill:#152536;stroke:#5f93c9}
SVG .read .tag{fill:#9cc4ee}
SVG .wait .box{fill:#221c3a;stroke:#8f7dd6}
SVG .wait .tag{fill:#c0b3f2}
SVG .person .box{fill:#3b1226;stroke:#e0609d}
SVG .person .tag{fill:#f5a9cb}
SVG .code .box{fill:#10291b;stroke:#4fae78}
SVG .code .bar{stroke:#4fae78}
SVG .code .tag{fill:#8ad9ac}
SVG .plain .box{fill:#22252a;stroke:#8b8f96}
SVG .plain .tag{fill:#b6bac1}
SVG .wrong .box{fill:#351210;stroke:#ff7b70}
SVG .wrong .tag{fill:#ff9c94}
SVG .never .box{fill:#1b1e22;stroke:#555a61}
SVG .never .bar,SVG .never .seam{stroke:#555a61}
SVG .never text{fill:#9298a0}
SVG .around .box{fill:#1a1d22;stroke:#8b8f96}
SVG .stop{fill:#ff7b70}
SVG .edge .line{stroke:#b4bac2}
SVG .edge .head,SVG .edge .port{fill:#b4bac2}
SVG .failure .line{stroke:#ff7b70}
SVG .failure .head,SVG .failure .port{fill:#ff7b70}
SVG .cancel .line{stroke:#c79bf0}
SVG .cancel .head,SVG .cancel .port{fill:#c79bf0}
SVG .never .line{stroke:#555a61}
SVG .edge.never .head{fill:#555a61}
SVG .label rect{fill:#14171b;stroke:#4a4f57}
SVG .reference rect{stroke:#b4bac2}
}
";
