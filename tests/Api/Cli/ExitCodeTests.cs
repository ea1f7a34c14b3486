using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Migrate.Api.Cli;
using Migrate.Api.Runs;
using Migrate.Planner.Concerns;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Tests.Cli;

public sealed class ExitCodeTests(RunningServer server)
{
    [Fact]
    public async Task Done_is_0_with_data_on_standard_output()
    {
        var result = await server.RunAsync("source", "list", "--json");
        result.ExitCode.ShouldBe(0, result.Error);
        JsonDocument.Parse(result.Out).RootElement.ValueKind.ShouldBe(JsonValueKind.Array);
        result.Error.ShouldBeEmpty();
    }

    [Fact]
    public async Task Failure_is_1_with_cause_and_remedy_on_standard_error()
    {
        var result = await server.RunAsync("plan", "show", "none");
        result.ExitCode.ShouldBe(1);
        result.Out.ShouldBeEmpty();
        result.Error.ShouldContain("There is no plan named 'none'.");
        result.Error.ShouldContain("remedy: ");
    }

    [Theory]
    [InlineData("source", "add", "x", "--url", "https://a")]
    [InlineData("source", "nope")]
    [InlineData("host", "add", "x", "--domain-type", "fast")]
    [InlineData("plan", "create", "p", "--source", "s", "--host", "h", "--vm", "a", "--network", "VM Network=wire")]
    [InlineData("plan", "create", "p", "--source", "s", "--host", "h", "--vm", "a", "--wave", "a=zero")]
    [InlineData("report", "export", "p")]
    [InlineData("run", "list", "--phase", "bogus")]
    [InlineData("wave", "start", "p", "--wave", "two")]
    public async Task Wrong_usage_is_2(params string[] args)
    {
        var result = await server.RunAsync(args);
        result.ExitCode.ShouldBe(2, result.Error);
        result.Error.ShouldNotBeEmpty();
        result.Error.ShouldNotContain("System.");
        result.Error.ShouldNotContain("Migrate.");
    }

    [Fact]
    public async Task A_password_is_no_argument_and_without_one_nothing_is_asked()
    {
        var result = await server.RunAsync("source", "add", "x", "--url", "https://127.0.0.1:9", "--user", "u");
        result.ExitCode.ShouldBe(2);
        result.Error.ShouldContain("--password-file");
        (await server.RunAsync("source", "add", "x", "--url", "https://a", "--user", "u", "--password", "p")).ExitCode.ShouldBe(2);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_5()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var url = $"http://{listener.LocalEndpoint}";
        listener.Stop();
        var result = await server.RunAsync("run", "list", "--server", url);
        result.ExitCode.ShouldBe(5, result.Error);
        result.Error.ShouldContain(url);
    }

    [Fact]
    public async Task A_wrong_token_is_6()
    {
        var result = await server.RunWithAsync(new() { ["MIGRATE_TOKEN"] = "mgt_wrong" }, "run", "list");
        result.ExitCode.ShouldBe(6, result.Error);
    }

    [Fact]
    public async Task No_token_at_all_is_6() =>
        (await CommandResult.OfAsync(new() { ["MIGRATE_DATA"] = "/nowhere/at/all" }, "run", "list")).ExitCode.ShouldBe(6);

    [Theory]
    [InlineData(0, RunPhase.Completed, "Pass", RunPhase.Completed, "Inconclusive")]
    [InlineData(4, RunPhase.Completed, "Pass", RunPhase.Failed, null)]
    [InlineData(4, RunPhase.Completed, "Pass", RunPhase.Completed, "Fail")]
    [InlineData(1, RunPhase.Failed, null, RunPhase.RolledBack, null)]
    public void A_wave_is_done_partly_done_or_failed(int expected, RunPhase first, string? firstOutcome, RunPhase second, string? secondOutcome) =>
        WaveWatch.ExitCodeOf([Run(first, firstOutcome), Run(second, secondOutcome)]).ShouldBe(expected);

    [Fact]
    public async Task Help_lists_the_codes_and_examples()
    {
        var result = await server.RunAsync("wave", "start", "--help");
        result.ExitCode.ShouldBe(0);
        result.Out.ShouldContain("3  blocked by concerns");
        result.Out.ShouldContain("migrate wave start first --wave 1 --wait");
    }

    [Fact]
    public async Task Version_needs_no_server()
    {
        var result = await CommandResult.OfAsync([], "version", "--json");
        result.ExitCode.ShouldBe(0);
        JsonDocument.Parse(result.Out).RootElement.GetProperty("version").GetString().ShouldStartWith("1.");
    }

    private static RunView Run(RunPhase phase, string? outcome) => new(
        Guid.NewGuid(), "p", 1, "vm", phase, 1, outcome, 0, 0, DateTime.UnixEpoch, null, DateTime.UnixEpoch, null, null, null, null, MigrationMode.Cold, null, null, 0, null, null, null);
}
