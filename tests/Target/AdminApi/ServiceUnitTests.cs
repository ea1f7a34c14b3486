using System.Net.Sockets;
using System.Text;
using Migrate.Target.Admin;

namespace Migrate.Target.Tests.AdminApi;

/// <summary>The systemd unit: systemd understands all of it, and what it starts says when it is ready.</summary>
public sealed class ServiceUnitTests : IDisposable
{
    private const string Installed = "/usr/lib/migrate-target/migrate-target";

    private readonly string _directory = Directory.CreateTempSubdirectory("migrate-unit-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Systemd_has_nothing_to_say_against_the_unit_and_finds_it_well_confined()
    {
        var unit = Path.Combine(_directory, "migrate-target.service");
        var program = Path.ChangeExtension(typeof(NvmeTarget).Assembly.Location, null);
        await File.WriteAllTextAsync(unit, (await UnitAsync()).Replace(Installed, program, StringComparison.Ordinal), Cancel);

        var verified = await Programs.RunAsync("systemd-analyze", "verify", unit);
        (verified.ExitCode, verified.Output + verified.Errors).ShouldBe((0, ""));
        var security = await Programs.RunAsync("systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", unit);
        security.ExitCode.ShouldBe(0, security.Output);
    }

    [Fact]
    public async Task The_units_command_tells_systemd_when_it_is_ready_and_when_it_stops()
    {
        var command = (await UnitAsync()).Split('\n').Single(l => l.StartsWith("ExecStart=", StringComparison.Ordinal))["ExecStart=".Length..];
        command.ShouldStartWith(Installed + " serve ");
        var args = command[(Installed.Length + 1)..]
            .Replace("$MIGRATE_TARGET_OPTIONS", "--port 0", StringComparison.Ordinal)
            .Replace("/var/lib/migrate-target", Path.Combine(_directory, "state"), StringComparison.Ordinal)
            .Replace("/run/migrate-target", _directory, StringComparison.Ordinal).Split(' ');
        var path = Path.Combine(_directory, "notify");
        using var notifications = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        notifications.Bind(new UnixDomainSocketEndPoint(path));

        using var program = await TargetProgram.StartAsync(args, ("NOTIFY_SOCKET", path));
        (await ReceiveAsync()).ShouldBe("READY=1");
        (await program.TerminateAsync()).ShouldBe(0);
        (await ReceiveAsync()).ShouldBe("STOPPING=1");

        async Task<string> ReceiveAsync()
        {
            var buffer = new byte[256];
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
            patience.CancelAfter(TimeSpan.FromMinutes(1));
            return Encoding.ASCII.GetString(buffer, 0, await notifications.ReceiveAsync(buffer, patience.Token));
        }
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static Task<string> UnitAsync() => File.ReadAllTextAsync(Repository.PathOf("src", "Target", "systemd", "migrate-target.service"), Cancel);
}
