using Migrate.Target.Admin;
using Migrate.Target.AdminApi;
using Migrate.Target.Host;

namespace Migrate.Target.Tests.AdminApi;

/// <summary>The program migrate-target as an administrator runs it, managed by its own commands and by <see cref="TargetClient"/>.</summary>
public sealed class ProgramTests : IDisposable
{
    private const string Subsystem = "nqn.2026-01.org.migrate:tier/one"; // a slash is allowed, and awkward in a URL

    private readonly string _directory = Directory.CreateTempSubdirectory("migrate-program-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Socket => Path.Combine(_directory, "admin.sock");

    [Fact]
    public async Task A_running_target_is_managed_by_commands_while_hosts_go_on_and_remembers_it_all()
    {
        var uuid = Guid.NewGuid();
        using (var program = await StartAsync("--add-port", "10=127.0.0.1:0"))
        {
            await RunAsync("subsystem", "add", Subsystem);
            await RunAsync("host", "allow", RunningTarget.HostNqn, "--subsystem", Subsystem);
            await RunAsync("namespace", "add", $"{uuid}", "1M", "--subsystem", Subsystem, "--nsid", "5", "--ana-group", "2");
            using var client = TargetClient.OverSocket(Socket);
            var status = await client.GetStatusAsync(Cancel);
            var options = new NvmeHostOptions
            {
                EndPoint = status.Ports.Single(p => p.Id == 1).EndPoint,
                SubsystemNqn = Subsystem,
                HostNqn = RunningTarget.HostNqn,
                HostId = Guid.Parse(RunningTarget.HostNqn[^36..]),
            };
            await using (var host = await NvmeHost.ConnectAsync(options, TimeProvider.System, null, Cancel))
            {
                var disk = await host.OpenAsync(uuid, Cancel);
                await disk.WriteAsync(0, Enumerable.Repeat((byte)7, 4096).ToArray(), Cancel);
                (await RunAsync("host", "list")).ShouldContain($"{Subsystem} controller");

                await RunAsync("ana", "set", "inaccessible", "--port", "1", "--group", "2", "--subsystem", Subsystem);
                (await Should.ThrowAsync<NvmeException>(async () => await disk.FlushAsync(Cancel))).ShouldSatisfyAllConditions(
                    e => (e.StatusCodeType, e.StatusCode).ShouldBe((3, 2)), e => e.DoNotRetry.ShouldBeFalse());
                await RunAsync("ana", "set", "optimized", "--port", "1", "--group", "2", "--subsystem", Subsystem);
                await disk.FlushAsync(Cancel);
                await RunAsync("namespace", "resize", $"{uuid}", "2M");
                (await host.OpenAsync(uuid, Cancel)).CapacityBytes.ShouldBe(2 << 20);
                await RunAsync("ana", "set", "non-optimized", "--port", "10", "--group", "2", "--subsystem", Subsystem);
                (await RunAsync("host", "drain", RunningTarget.HostNqn, "--patience", "60")).ShouldContain("drained");
                (await Should.ThrowAsync<NvmeException>(async () => await disk.FlushAsync(Cancel))).IsConnectionLost.ShouldBeTrue();
            }

            (await RunAsync("subsystem", "list")).ShouldContain("port 10 group 2 non-optimized");
            (await FailAsync(1, "namespace", "resize", $"{uuid}", "1M")).ShouldContain("target.shrink-refused");
            (await FailAsync(2, "namespace", "remove", $"{uuid}", "--allow-data-loss")).ShouldContain("--allow-data-loss");
            (await FailAsync(1, "subsystem", "remove", Subsystem)).ShouldContain("target.subsystem-not-empty");
            program.Kill(); // no goodbye: the socket file stays
        }

        using (var program = await StartAsync("--add-port", "10=127.0.0.1:0"))
        {
            (await RunAsync("namespace", "list", "--subsystem", Subsystem)).ShouldContain($"{uuid} nsid 5 bytes {2 << 20} block 512 group 2 online");
            (await RunAsync("subsystem", "list")).ShouldContain("port 10 group 2 non-optimized");
            (await RunAsync("host", "list")).ShouldContain($"{RunningTarget.HostNqn} drained");
            await RunAsync("host", "resume", RunningTarget.HostNqn);
            await RunAsync("namespace", "offline", $"{uuid}");
            (await RunAsync("namespace", "list")).ShouldContain("offline");
            await RunAsync("namespace", "remove", $"{uuid}", "--delete-backing");
            await RunAsync("subsystem", "remove", Subsystem);
            Directory.GetFiles(_directory, "*.raw").ShouldBeEmpty();
            (await program.TerminateAsync()).ShouldBe(0);
        }

        (await FailAsync(1, "status")).ShouldContain("target.unreachable");
    }

    [Fact]
    public async Task The_client_does_what_the_target_does_and_throws_the_same()
    {
        using var program = await StartAsync();
        using var client = TargetClient.OverSocket(Socket);
        var spec = new NamespaceSpec(Guid.NewGuid(), 1 << 20, 4096);
        var created = await client.CreateNamespaceAsync(spec, Cancel);
        (await client.CreateNamespaceAsync(spec, Cancel)).ShouldBe(created with { AllocatedBytes = created.AllocatedBytes }, "asking again changes nothing");
        (created.BlockSize, created.Online, created.SubsystemNqn).ShouldBe((4096, true, (await client.GetStatusAsync(Cancel)).DefaultSubsystemNqn));
        await ThrowsAsync("target.namespace-differs", () => client.CreateNamespaceAsync(spec with { CapacityBytes = 2 << 20 }, Cancel));

        await client.GrantAsync(created.Uuid, RunningTarget.HostNqn, Cancel);
        (await client.FindNamespaceAsync(created.Uuid, Cancel))!.GrantedHostNqn.ShouldBe(RunningTarget.HostNqn);
        await client.GrantAsync(created.Uuid, null, Cancel);
        await client.GrantAsync(created.Uuid, RunningTarget.HostNqn, 7, Cancel);
        await ThrowsAsync("target.epoch-stale", () => client.GrantAsync(created.Uuid, RunningTarget.OtherHostNqn, 6, Cancel));
        await ThrowsAsync("target.invalid-epoch", () => client.GrantAsync(created.Uuid, RunningTarget.OtherHostNqn, 0, Cancel));
        await client.GrantAsync(created.Uuid, null, Cancel);
        (await client.FindNamespaceAsync(Guid.NewGuid(), Cancel)).ShouldBeNull();
        (await client.GetStatusAsync(Cancel)).FreeBytes.ShouldBeGreaterThan(0);
        await ThrowsAsync("target.invalid-host-nqn", () => client.GrantAsync(created.Uuid, "host", Cancel));
        await client.TakeOfflineAsync(created.Uuid, Cancel);
        (await client.FindNamespaceAsync(created.Uuid, Cancel))!.ShouldSatisfyAllConditions(n => n.Online.ShouldBeFalse(), n => n.GrantedHostNqn.ShouldBeNull());
        await client.BringOnlineAsync(created.Uuid, Cancel);
        (await client.ResizeNamespaceAsync(created.Uuid, 2 << 20, allowDataLoss: false, Cancel)).CapacityBytes.ShouldBe(2 << 20);
        await client.DeleteNamespaceAsync(created.Uuid, deleteBacking: true, Cancel);
        await client.DeleteNamespaceAsync(created.Uuid, deleteBacking: true, Cancel);
        (await client.ListNamespacesAsync(Cancel)).ShouldBeEmpty();
        await ThrowsAsync("target.no-such-namespace", () => client.BringOnlineAsync(created.Uuid, Cancel));

        var subsystem = new SubsystemSpec(Subsystem) { AllowedHosts = [RunningTarget.HostNqn], Ports = [1], SerialNumber = "A1" };
        (await client.PutSubsystemAsync(subsystem, Cancel)).ShouldSatisfyAllConditions(s => s.SerialNumber.ShouldBe("A1"), s => s.Ports.ShouldBe([(ushort)1]));
        await client.AllowHostAsync(Subsystem, RunningTarget.OtherHostNqn, Cancel);
        await client.DisallowHostAsync(Subsystem, RunningTarget.HostNqn, Cancel);
        (await client.ListSubsystemsAsync(Cancel)).Single(s => s.Nqn == Subsystem).AllowedHosts.ShouldBe([RunningTarget.OtherHostNqn]);
        (await client.DrainHostAsync(RunningTarget.OtherHostNqn, TimeSpan.Zero, Cancel)).ShouldBeTrue();
        (await client.ListHostsAsync(Cancel)).ShouldHaveSingleItem().Drained.ShouldBeTrue();
        await client.ResumeHostAsync(RunningTarget.OtherHostNqn, Cancel);
        (await client.GetStatisticsAsync(Cancel)).Namespaces.ShouldBeEmpty();
        await client.DeleteSubsystemAsync(Subsystem, Cancel);
        (await client.ListHostsAsync(Cancel)).ShouldBeEmpty();
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static async Task ThrowsAsync(string code, Func<Task> action) => (await Should.ThrowAsync<TargetException>(action)).Code.ShouldBe(code);

    private Task<TargetProgram> StartAsync(params string[] more) => TargetProgram.StartAsync(["serve", "--directory", _directory, "--port", "0", .. more]);

    private async Task<string> RunAsync(params string[] args)
    {
        var (status, output, errors) = await TargetProgram.RunAsync([.. args, "--socket", Socket]);
        status.ShouldBe(0, $"{string.Join(' ', args)}: {errors}");
        return output;
    }

    private async Task<string> FailAsync(int expected, params string[] args)
    {
        var (status, _, errors) = await TargetProgram.RunAsync([.. args, "--socket", Socket]);
        status.ShouldBe(expected, errors);
        return errors;
    }
}
