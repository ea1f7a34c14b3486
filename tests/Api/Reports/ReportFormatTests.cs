using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Api.Reports;
using Migrate.Api.Reports.Formats;
using Migrate.Planner;

namespace Migrate.Api.Tests.Reports;

/// <summary>What reports are written as, whatever they are about.</summary>
public sealed class ReportFormatTests(RunningServer server)
{
    private const string Hostile = "<script>alert('x')</script>\"><img src=https://evil.example/p.png onerror=alert(1)>";

    public static TheoryData<string> Kinds => ReportSchemaTests.Kinds;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private ReportRenderer Renderer => server.Services.GetRequiredService<ReportRenderer>();

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_hostile_name_stays_text_and_the_page_needs_nothing_but_itself(string kind)
    {
        var html = await Renderer.RenderAsync(SampleReports.Of(kind, Hostile));
        html.ShouldStartWith("<!DOCTYPE html>");
        foreach (var outside in new[] { "<script", "<img", "<link", "url(", "@import", "<iframe", "<form" })
        {
            html.ShouldNotContain(outside);
        }

        html.Split("alert(").Length.ShouldBeGreaterThan(20, "every place shows it, each escaped");
        html.ShouldContain("prefers-color-scheme: dark");
        html.ShouldContain("@page { size: A4");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_table_has_as_many_cells_in_every_row_and_no_formula_of_others(string kind)
    {
        foreach (var text in new[] { "=1+1", "+1", "-1", "@SUM(A1)", "a,\"b\"\r\nc" })
        {
            var rows = CsvReader.Read(SampleReports.Of(kind, text).Table().Csv());
            rows.Count.ShouldBeGreaterThan(1);
            rows.ShouldAllBe(x => x.Count == rows[0].Count);
            rows.SelectMany(x => x).ShouldContain(text[0] is 'a' ? text : "'" + text);
            rows.Skip(1).SelectMany(x => x).ShouldAllBe(x => x.Length == 0 || !"=+@".Contains(x[0]));
        }
    }

    [Fact]
    public async Task Chromium_prints_A4_pages_and_asks_nobody()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        using var pdf = new ReportPdf(TimeProvider.System);
        var html = (await Renderer.RenderAsync(SampleReports.Of("hand-over", "web01"))).Replace("default-src 'none'", "default-src *", StringComparison.Ordinal)
            .Replace("</main>", $"<img src=\"http://127.0.0.1:{port}/a.png\"><img src=\"http://localhost:{port}/b.png\"></main>", StringComparison.Ordinal);

        var printed = Encoding.Latin1.GetString(await pdf.PrintAsync(html, Cancel));

        printed.ShouldStartWith("%PDF-");
        printed.ShouldContain("/MediaBox [0 0 59"); // 595 by 842 points are A4.
        listener.Pending().ShouldBeFalse("somebody was asked for an image");
    }

    [Fact]
    public async Task What_is_no_Chromium_is_told_and_what_hangs_is_ended()
    {
        using var pdf = new ReportPdf(TimeProvider.System) { Program = "/nonexistent/chromium" };
        var refused = await Should.ThrowAsync<MigrateException>(() => pdf.PrintAsync("<p>", Cancel));
        refused.Code.ShouldBe("report.chromium-missing");
        refused.Remedy.ShouldContain("MIGRATE_CHROMIUM");
        var stuck = Path.Combine(server.Directory, "stuck-chromium");
        await File.WriteAllTextAsync(stuck, "#!/bin/sh\nexec sleep 600\n", Cancel);
        File.SetUnixFileMode(stuck, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        using var slow = new ReportPdf(TimeProvider.System) { Program = stuck, Longest = TimeSpan.FromMilliseconds(200) };
        (await Should.ThrowAsync<MigrateException>(() => slow.PrintAsync("<p>", Cancel))).Code.ShouldBe("report.pdf.timeout");
        using var silent = new ReportPdf(TimeProvider.System) { Program = "true" };
        (await Should.ThrowAsync<MigrateException>(() => silent.PrintAsync("<p>", Cancel))).Code.ShouldBe("report.chromium-failed");
    }
}
