using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Executor.Copy.Throttle;

namespace Migrate.Api.Tests.Limits;

/// <summary>Limits of copies, seen and changed by commands and by the API while the server runs.</summary>
public sealed class LimitCommandTests(RunningServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Limits_are_set_counted_at_once_shown_and_removed()
    {
        var set = await server.RunAsync("limits", "set", "datastore:limits ds=100MiB,20ms", "datastore:limits ds=1GiB@00:00-00:00", "host:limits-vc=300iops", "--json");
        set.ExitCode.ShouldBe(0, set.Error);
        var row = Row(set.Out, "datastore:limits ds");
        row["limits"]!.AsArray().Select(x => x!.GetValue<string>()).ShouldBe(["100MiB,20ms", "1GiB@00:00-00:00"]);
        row["now"]!.GetValue<string>().ShouldBe("1GiB");
        server.Services.GetRequiredService<CopyThrottles>().Of(new ThrottleKey(ThrottleScope.SourceHost, "limits-vc")).Profile.Usual.Iops.ShouldBe(300);

        (await server.RunAsync("limits", "show")).Out.ShouldContain("datastore:limits ds  100MiB,20ms 1GiB@00:00-00:00");
        (await server.RunAsync("limits", "remove", "HOST:LIMITS-VC")).ExitCode.ShouldBe(0);
        server.Services.GetRequiredService<CopyThrottles>().Of(new ThrottleKey(ThrottleScope.SourceHost, "limits-vc")).Profile.ShouldBe(ThrottleProfile.Unlimited);
        var gone = await server.RunAsync("limits", "remove", "host:limits-vc");
        (gone.ExitCode, gone.Error).ShouldSatisfyAllConditions(x => x.ExitCode.ShouldBe(1), x => x.Error.ShouldContain("There is no limit of 'host:limits-vc'"));
        (await server.RunAsync("limits", "remove", "datastore:limits ds")).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task What_cannot_be_a_limit_is_refused_whole_with_all_that_is_wrong()
    {
        var refused = await server.RunAsync("limits", "set", "host:good=1MiB", "disk:a=1MiB", "link:l=fast");
        refused.ExitCode.ShouldBe(1);
        refused.Error.ShouldSatisfyAllConditions(x => x.ShouldContain("'disk:a=1MiB'"), x => x.ShouldContain("'fast' is no limit"));
        (await server.RunAsync("limits", "show")).Out.ShouldNotContain("host:good");

        using var client = server.Client();
        (await client.DeleteAsync("/api/v1/limits?of=nothing", Cancel)).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
    }

    [Theory]
    [InlineData("--disks-per-host", "0")]
    [InlineData("--copies", "-1")]
    [InlineData("--passes", "2000")]
    [InlineData("--limit", "host:a")]
    public async Task Servers_and_workers_are_told_how_much_at_once_within_bounds(string option, string value)
    {
        foreach (var command in (string[][])[["serve"], ["worker", "run", "--keys", "k", "--target-admin", "/s"]])
        {
            var refused = await server.RunAsync([.. command, option, value]);
            (refused.ExitCode, refused.Error.Contains(option is "--limit" ? "it is not SCOPE" : option, StringComparison.Ordinal)).ShouldBe((2, true), refused.Error);
        }
    }

    private static JsonNode Row(string json, string of) => JsonNode.Parse(json)!.AsArray().Single(x => x!["of"]!.GetValue<string>() == of)!;
}
