using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Target.Admin;

namespace Migrate.Api.Tests.Cli;

public sealed class TargetProbeTests(RunningServer server)
{
    private string Address => server.Services.GetRequiredService<NvmeTarget>().EndPoint.ToString();

    [Fact]
    public async Task A_target_is_described_for_people_and_for_programs()
    {
        var result = await CommandResult.OfAsync([], "target", "probe", Address, "--seconds", "0.1");
        result.ExitCode.ShouldBe(0, result.Error);
        result.Out.ShouldContain("Migrate NVMe/TCP target");
        result.Out.ShouldContain("Digests: header yes, data yes");

        result = await CommandResult.OfAsync([], "target", "probe", Address, "--seconds", "0", "--json");
        result.ExitCode.ShouldBe(0, result.Error);
        var report = JsonDocument.Parse(result.Out).RootElement;
        report.GetProperty("endPoint").GetString().ShouldBe(Address);
        report.GetProperty("controller").GetProperty("version").GetString().ShouldBe("2.0.0");
        report.GetProperty("measurements").GetArrayLength().ShouldBe(0);
    }

    [Theory]
    [InlineData("--subsystem", "nqn.2026-01.org.migrate.test:none", "--subsystem")]
    [InlineData("--namespace", "0b8c1b0e-5c5e-4a53-8d4f-0d6c1f2a9e11", "without --namespace")]
    public async Task What_a_target_refuses_is_an_error_with_a_remedy(string option, string value, string remedy)
    {
        var result = await CommandResult.OfAsync([], "target", "probe", Address, option, value);

        result.ExitCode.ShouldBe(1);
        result.Out.ShouldBeEmpty();
        result.Error.ShouldContain("remedy: ");
        result.Error.ShouldContain(remedy);
    }

    [Fact]
    public async Task A_port_where_nothing_listens_is_named()
    {
        using var listener = new TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var address = listener.LocalEndpoint.ToString()!;
        listener.Stop();

        var result = await CommandResult.OfAsync([], "target", "probe", address);

        result.ExitCode.ShouldBe(1);
        result.Error.ShouldContain(address);
        result.Error.ShouldContain("Nothing listens on port");
    }

    [Theory]
    [InlineData("a:b")]
    [InlineData("10.0.0.1", "--seconds", "-1")]
    [InlineData("10.0.0.1", "--namespace", "0b8c1b0e-5c5e-4a53-8d4f-0d6c1f2a9e11", "--write", "0b8c1b0e-5c5e-4a53-8d4f-0d6c1f2a9e12")]
    [InlineData("10.0.0.1", "--write", "disk")]
    public async Task Wrong_usage_is_2_before_anything_is_tried(params string[] args)
    {
        var result = await CommandResult.OfAsync([], ["target", "probe", .. args]);

        result.ExitCode.ShouldBe(2, result.Error);
    }
}
