using Microsoft.Playwright;

namespace Migrate.EndToEnd.Tests.Browser;

/// <summary>What anybody must be able to see, read and reach on a page, judged by the browser that shows it: looks.js beside this has the rules.</summary>
internal static class Looks
{
    /// <summary>More than there are: scrolled parts are stops, too, and a field of a date has several.</summary>
    private const int Spare = 40;

    private static readonly string Script = File.ReadAllText(Repository.PathOf("tests", "EndToEnd", "Browser", "looks.js"));

    /// <summary>What is wrong with the page as it is shown, and when all of it is unfolded.</summary>
    public static async Task<string[]> FindWrongAsync(IPage page)
    {
        await InstallAsync(page);
        return await page.EvaluateAsync<string[]>("() => looks.judge()");
    }

    /// <summary>Goes through all of the page by the keyboard: what the focus did not reach, or where it could not be seen.</summary>
    public static async Task<string[]> WalkAsync(IPage page)
    {
        await InstallAsync(page);
        var presses = await page.EvaluateAsync<int>("() => looks.begin()") + Spare;
        var session = await page.Context.NewCDPSessionAsync(page);
        var tab = new Dictionary<string, object> { ["type"] = "rawKeyDown", ["key"] = "Tab", ["code"] = "Tab", ["windowsVirtualKeyCode"] = 9 };
        // Without waiting for one before the next: the browser takes them in order, and a long page has hundreds.
        await Task.WhenAll(Enumerable.Range(0, presses).Select(_ => session.SendAsync("Input.dispatchKeyEvent", tab)));
        await session.DetachAsync();
        return await page.EvaluateAsync<string[]>("() => looks.walked()");
    }

    private static async Task InstallAsync(IPage page) => await page.EvaluateAsync("if (!window.looks) {" + Script + "}");
}
