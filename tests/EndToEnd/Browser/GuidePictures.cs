using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Migrate.EndToEnd.Tests.Browser;

/// <summary>
/// The pictures of docs/migrating.md. The test that moves a guest by the browser takes them on its way when MIGRATE_WRITE_DOCS is 1, so that they show pages as
/// they are and nothing that was set up for a picture.
/// </summary>
public sealed partial class GuidePictures
{
    private const int MostBytes = 1_500_000;
    private const string Document = "docs/migrating.md";

    /// <summary>By the names that the test has for what it looks at.</summary>
    private static readonly string[] All = ["first-run", "certificate", "source", "inventory-chosen", "new-plan", "mappings", "plan", "run", "run-completed", "plan-second-wave"];

    internal static async Task TakeAsync(IPage page, string name)
    {
        if (All.Contains(name) && Environment.GetEnvironmentVariable("MIGRATE_WRITE_DOCS") == "1")
        {
            await page.EvaluateAsync("() => { scrollTo(0, 0); document.activeElement?.blur(); }");
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = FileOf(name), Scale = ScreenshotScale.Css });
        }
    }

    [Fact]
    public void Each_picture_of_the_guide_is_there_and_is_one_that_the_test_takes()
    {
        var named = Picture().Matches(File.ReadAllText(Repository.PathOf(Document.Split('/')))).Select(x => x.Groups[1].Value).ToList();
        named.ShouldBe(All, ignoreOrder: true);
        foreach (var name in All)
        {
            File.ReadAllBytes(FileOf(name)).AsSpan(0, 4).ToArray().ShouldBe([0x89, (byte)'P', (byte)'N', (byte)'G'], name);
        }

        Directory.GetFiles(Repository.PathOf("docs", "images")).Sum(x => new FileInfo(x).Length).ShouldBeLessThan(MostBytes);
        Directory.GetFiles(Repository.PathOf("docs", "images")).Length.ShouldBe(All.Length, "no picture is left behind");
    }

    private static string FileOf(string name) => Path.Combine(Directory.CreateDirectory(Repository.PathOf("docs", "images")).FullName, name + ".png");

    [GeneratedRegex(@"!\[[^\]]+\]\(images/([a-z-]+)\.png\)")]
    private static partial Regex Picture();
}
