using Microsoft.Playwright;

namespace Migrate.EndToEnd.Tests.Browser;

/// <summary>What anybody must be able to see and reach on a page, judged by the browser that shows it.</summary>
internal static class Looks
{
    /// <summary>Fields without a name that a screen reader would say.</summary>
    public static Task<string[]> UnlabelledAsync(IPage page) => page.EvaluateAsync<string[]>("""
        () => [...document.querySelectorAll("input:not([type=hidden]), select, textarea, button, a")]
          .filter(x => !(x.labels?.length) && !x.getAttribute("aria-label")?.trim() && !x.textContent.trim())
          .map(x => x.outerHTML.slice(0, 200))
        """);

    /// <summary>Texts whose contrast against what is behind them is below 4.5 to 1 (WCAG AA); what is switched off is left out.</summary>
    public static Task<string[]> FaintAsync(IPage page) => page.EvaluateAsync<string[]>("""
        () => {
          const parse = text => {
            const numbers = text.match(/[\d.]+/g).map(Number);
            return text.startsWith("color(srgb") ? [...numbers.slice(0, 3).map(x => x * 255), numbers[3] ?? 1] : [...numbers.slice(0, 3), numbers[3] ?? 1];
          };
          const over = (top, below) => [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
          const behind = element => {
            const layers = [];
            for (let e = element; e; e = e.parentElement) {
              layers.push(parse(getComputedStyle(e).backgroundColor));
            }
            return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
          };
          const light = color => {
            const [r, g, b] = color.map(x => x / 255).map(x => x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const found = [];
          for (const element of document.querySelectorAll("body *")) {
            const text = [...element.childNodes].filter(x => x.nodeType === 3).map(x => x.textContent.trim()).join("");
            const box = element.getBoundingClientRect();
            if (!text || !box.width || !element.checkVisibility() || element.closest(".skip, .unseen, [aria-disabled], svg, option")) {
              continue;
            }
            const back = behind(element);
            const [a, b] = [light(over(parse(getComputedStyle(element).color), back)), light(back)];
            const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            if (contrast < 4.5) {
              found.push(`${contrast.toFixed(2)}: ${text.slice(0, 60)} (${element.className})`);
            }
          }
          return found;
        }
        """);

    /// <summary>Whether the page is wider than the window: tables may scroll, the page may not.</summary>
    public static Task<bool> IsTooWideAsync(IPage page) => page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth > document.documentElement.clientWidth");

    /// <summary>Goes through the page by the keyboard: each element that gets the focus, and whether the focus can be seen on it.</summary>
    public static async Task<List<(string Name, bool IsSeen, int Top)>> TabAsync(IPage page, int times)
    {
        List<(string, bool, int)> reached = [];
        for (var i = 0; i < times; i++)
        {
            await page.Keyboard.PressAsync("Tab");
            var one = await page.EvaluateAsync<Focused>("""
                () => {
                  const e = document.activeElement;
                  const style = getComputedStyle(e);
                  return { name: (e.textContent.trim() || e.getAttribute("aria-label") || e.name || e.tagName).slice(0, 60), isSeen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2, top: Math.round(e.getBoundingClientRect().top + scrollY) };
                }
                """);
            reached.Add((one.Name, one.IsSeen, one.Top));
        }

        return reached;
    }

    private sealed class Focused
    {
        public string Name { get; set; } = "";
        public bool IsSeen { get; set; }
        public int Top { get; set; }
    }
}
