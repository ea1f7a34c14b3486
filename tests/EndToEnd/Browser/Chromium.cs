using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace Migrate.EndToEnd.Tests.Browser;

/// <summary>Debian's Chromium, driven by Playwright. What its console says is kept.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    /// <summary>On a slow machine beside other tests.</summary>
    public const float PatienceMs = 180_000;

    private const string Executable = "/usr/bin/chromium";
    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private Chromium(IPlaywright playwright, IBrowser browser) => (_playwright, _browser) = (playwright, browser);

    /// <summary>Errors and warnings of the console, blocked resources and exceptions of scripts.</summary>
    public ConcurrentQueue<string> Complaints { get; } = [];

    public static async Task<Chromium> StartAsync()
    {
        File.Exists(Executable).ShouldBeTrue($"{Executable} is missing: bash eng/setup.sh test");
        Assertions.SetDefaultExpectTimeout(PatienceMs);
        var playwright = await Playwright.CreateAsync();
        return new Chromium(playwright, await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Executable, Args = ["--no-sandbox"], Timeout = PatienceMs }));
    }

    /// <param name="server">Which is visited.</param>
    /// <param name="token">Sent with each request; null: somebody logs in by the page.</param>
    /// <param name="width">Of the window.</param>
    /// <param name="scheme">As the system has it.</param>
    /// <param name="zone">Of the reader's clock; null: the machine's.</param>
    public async Task<IPage> OpenAsync(Uri server, string? token = null, int width = 1280, ColorScheme scheme = ColorScheme.Light, string? zone = null)
    {
        var context = await _browser.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = server.ToString(),
            ViewportSize = new ViewportSize { Width = width, Height = 900 },
            ColorScheme = scheme,
            TimezoneId = zone,
            ExtraHTTPHeaders = token is null ? null : new Dictionary<string, string> { ["Authorization"] = $"Bearer {token}" },
        });
        context.SetDefaultTimeout(PatienceMs);
        var page = await context.NewPageAsync();
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                Complaints.Enqueue($"{page.Url}: {message.Text}");
            }
        };
        page.PageError += (_, error) => Complaints.Enqueue($"{page.Url}: {error}");
        return page;
    }

    /// <summary>For people to look at: pages/NAME.png among the artifacts.</summary>
    public static Task PictureAsync(IPage page, string name) => page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Repository.Artifacts, "pages", name + ".png"), FullPage = true });

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}
