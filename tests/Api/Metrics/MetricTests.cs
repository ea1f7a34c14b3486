using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Api.Metrics;
using Migrate.Target.Admin;

namespace Migrate.Api.Tests.Metrics;

/// <summary>What Prometheus reads, judged by Prometheus' own promtool; and that the dashboard asks only for what exists.</summary>
public sealed partial class MetricTests(RunningServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Promtool_has_nothing_to_say_against_them()
    {
        var directory = Path.Combine(Repository.Artifacts, "promtool");
        await Programs.OutputOfAsync("bash", Repository.PathOf("eng", "guest", "promtool.sh"), directory);
        var text = await ReadAsync();
        var result = await CheckAsync(Path.Combine(directory, "promtool"), text);
        result.ShouldBe((0, ""), text);
        // It does find fault where there is any.
        (await CheckAsync(Path.Combine(directory, "promtool"), text.Replace("# TYPE migrate_build gauge", "# TYPE migrate_build counter", StringComparison.Ordinal)))
            .Code.ShouldNotBe(0);
    }

    [Fact]
    public async Task They_count_what_happens()
    {
        var before = Sample(await ReadAsync(), "http_server_request_duration_seconds_count", "/api/v1/version");
        using var client = server.Client();
        for (var i = 0; i < 3; i++)
        {
            await client.GetStringAsync("/api/v1/version", Cancel);
        }

        // The server's own account of a request is closed after its answer.
        await UntilAsync(async () => Sample(await ReadAsync(), "http_server_request_duration_seconds_count", "/api/v1/version") >= before + 3);
        await UntilAsync(async () => Sample(await ReadAsync(), "migrate_workers", "") >= 1);
        var text = await ReadAsync();
        Sample(text, "migrate_data_free_bytes", "").ShouldBeGreaterThan(0);
        Sample(text, "migrate_run_phase", "phase=\"Completed\"").ShouldBeGreaterThanOrEqualTo(0);
        Sample(text, "migrate_build", "version=\"1.").ShouldBe(1);
    }

    [Fact]
    public async Task They_need_the_token()
    {
        using var anonymous = new HttpClient { BaseAddress = server.Url };
        (await anonymous.GetAsync("/metrics", Cancel)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task The_dashboard_asks_only_for_metrics_that_exist()
    {
        // Our NVMe/TCP host speaks for the first time.
        (await CommandResult.OfAsync([], "target", "probe", server.Services.GetRequiredService<NvmeTarget>().EndPoint.ToString(), "--seconds", "0")).ExitCode.ShouldBe(0);
        var text = await ReadAsync();
        var exist = Regex.Matches(text, "^# TYPE ([a-z0-9_]+) ([a-z]+)$", RegexOptions.Multiline)
            .SelectMany(x => x.Groups[2].Value == "histogram" ? new[] { "_bucket", "_sum", "_count" }.Select(y => x.Groups[1].Value + y) : [x.Groups[1].Value]).ToHashSet();
        var dashboard = JsonNode.Parse(await File.ReadAllTextAsync(Repository.PathOf("eng", "grafana", "migrate.json"), Cancel))!;
        var queries = dashboard["panels"]!.AsArray().SelectMany(x => x!["targets"]!.AsArray()).Select(x => x!["expr"]!.GetValue<string>())
            .Append(dashboard["templating"]!["list"]![1]!["query"]!.GetValue<string>()).ToList();
        var asked = queries.SelectMany(x => MetricName().Matches(x)).Select(x => x.Value).Distinct().ToList();
        asked.Count.ShouldBeGreaterThan(10);
        asked.Where(x => !exist.Contains(x)).ShouldBeEmpty();
        queries.ShouldAllBe(x => MetricName().IsMatch(x));
    }

    [Theory]
    [InlineData("migrate.copy.bytes", "By", MetricType.Counter, "migrate_copy_bytes_total")]
    [InlineData("nvme.command.duration", "s", MetricType.Histogram, "nvme_command_duration_seconds")]
    [InlineData("migrate.run.phase", "{run}", MetricType.Gauge, "migrate_run_phase")]
    [InlineData("dotnet.process.cpu.count", "{cpu}", MetricType.Gauge, "dotnet_process_cpu_current")]
    internal void Names_are_those_of_OpenTelemetrys_rules(string name, string unit, MetricType type, string expected) => MetricFamily.NameOf(name, unit, type).ShouldBe(expected);

    private static async Task<(int Code, string Said)> CheckAsync(string promtool, string text)
    {
        using var process = Programs.Start(new ProcessStartInfo(promtool, ["check", "metrics"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true });
        await process.StandardInput.WriteAsync(text);
        process.StandardInput.Close();
        var said = await process.StandardOutput.ReadToEndAsync(Cancel) + await process.StandardError.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        return (process.ExitCode, said);
    }

    private async Task<string> ReadAsync()
    {
        using var client = server.Client();
        return await client.GetStringAsync("/metrics", Cancel);
    }

    /// <summary>The sum of the samples of a name whose labels contain a text.</summary>
    private static double Sample(string text, string name, string labels) => text.Split('\n')
        .Where(x => x.StartsWith(name, StringComparison.Ordinal) && x.Length > name.Length && x[name.Length] is ' ' or '{' && x.Contains(labels, StringComparison.Ordinal))
        .Where(x => x.StartsWith(name + " ", StringComparison.Ordinal) || x.StartsWith(name + "{", StringComparison.Ordinal))
        .Sum(x => double.Parse(x[(x.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture));

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(TimeSpan.FromMinutes(2));
        while (!await holds())
        {
            await Task.Delay(200, patience.Token);
        }
    }

    [GeneratedRegex(@"\b(migrate|nvme|http|dotnet)_[a-z0-9_]+(?=[{,])")]
    private static partial Regex MetricName();
}
