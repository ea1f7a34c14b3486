using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;
using Migrate.EndToEnd.Tests.Kvm;
using Migrate.EndToEnd.Tests.Runs;
using Migrate.Executor.Copy;
using Migrate.Executor.Destinations;
using Migrate.Planner.Persistence;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.EndToEnd.Tests.Serve;

/// <summary>The server is killed again and again while a VM moves; whatever it was at, the next one finishes it.</summary>
[UsesDatabase]
public sealed partial class KilledServerTests
{
    private const long DiskBytes = 96L << 20;
    private const long SlowBytesPerSecond = 1L << 20;

    /// <summary>Extents that may have been read beyond the first that the journal lacks: they were on their way when it died.</summary>
    private const long OnTheWay = 12L << 20;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_run_survives_SIGKILL_in_the_copy_in_the_cutover_and_in_the_validation()
    {
        var directory = LibvirtFixture.NewDirectory();
        var source = await Estates.PlainDiskAsync(directory, DiskBytes);
        var vm = Estates.Vm(source);
        await using var simulator = await SimulatorServer.StartAsync(Estates.Of(vm), new SimulatorOptions { BaseDirectory = directory }, Cancellation);
        var server = await ServerProcess.StartAsync(Path.Combine(directory, "data"));
        try
        {
            await StartWaveAsync(server, simulator, vm);
            var run = (await server.GetAsync($"runs?vm={vm.Name}"))["items"]!.AsArray().ShouldHaveSingleItem()!["id"]!.GetValue<Guid>();

            // Twice in the copy, each time with more of it safe than before.
            simulator.Faults.ReadBytesPerSecond = SlowBytesPerSecond;
            long safe = 0, sent = 0;
            for (var kill = 0; kill < 2; kill++)
            {
                var before = safe;
                await UntilAsync(server, run, () => JournalledBytes(server, run) > before, "more of the copy is in the journal");
                await Task.Delay(Random.Shared.Next(5000), Cancellation);
                (await PhaseAsync(server, run)).ShouldBe("Seeding");
                await server.KillAsync();
                (safe, sent) = (JournalledBytes(server, run), simulator.DiskBytesSent);
                safe.ShouldBeGreaterThan(before);
                server = await RestartedAsync(server);
            }

            simulator.Faults.CallDelay = TimeSpan.FromSeconds(2); // The cutover asks the source: it lasts, however late somebody looks.
            simulator.Faults.ReadBytesPerSecond = null;
            await UntilPhaseAsync(server, run, "CuttingOver");
            var reread = simulator.DiskBytesSent - sent;
            await server.KillAsync();

            // Around the start of the domain: once early in the step, once somewhere in it or just after.
            server = await RestartedAsync(server);
            await UntilPhaseAsync(server, run, "CuttingOver");
            simulator.Faults.CallDelay = TimeSpan.Zero;
            await Task.Delay(Random.Shared.Next(1500), Cancellation);
            await server.KillAsync();
            server = await RestartedAsync(server);
            await UntilPhaseAsync(server, run, "Validating");
            await Task.Delay(Random.Shared.Next(2000), Cancellation);
            (await PhaseAsync(server, run)).ShouldBe("Validating");
            await server.KillAsync();
            server = await RestartedAsync(server);
            await UntilPhaseAsync(server, run, "Completed");

            reread.ShouldBeLessThan(DiskBytes - safe + OnTheWay, "what was safe when the server died is not read again");
            await IsProvenAsync(server, run, source);
            await RunsOnceAsync(server, vm, simulator);
            await RollsBackOnlyWhenConfirmedAsync(server, run, vm);
            await server.KillAsync();
            await AreHealthyAsync(server.DataDirectory, ChosenDatabase.IsPostgres ? [] : ["migrate.db", "jobs.db"]); // PostgreSQL was not killed.
        }
        finally
        {
            await server.DisposeAsync();
            await using (var libvirt = await LibvirtConnection.OpenAsync(LibvirtFixture.Uri, TimeProvider.System, CancellationToken.None))
            {
                await libvirt.DestroyAsync(vm.Name, CancellationToken.None);
                await libvirt.UndefineAsync(vm.Name, removeNvram: true, CancellationToken.None);
            }

            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task StartWaveAsync(ServerProcess server, SimulatorServer simulator, EstateVm vm)
    {
        var password = Path.Combine(server.DataDirectory, "vcenter.password");
        await File.WriteAllTextAsync(password, simulator.Password, Cancellation);
        await server.RunAsync("source", "add", "vc", "--url", $"{simulator.Url}", "--user", simulator.UserName, "--password-file", password, "--thumbprint", simulator.Thumbprint);
        File.Delete(password);
        await server.RunAsync("inventory", "sync", "vc");
        await server.RunAsync("host", "add", "here", "--uri", LibvirtFixture.Uri, "--domain-type", "qemu");
        await server.RunAsync("plan", "create", "move", "--source", "vc", "--host", "here", "--vm", vm.Name, "--network", "VM Network=user", "--observe", "40");
        simulator.Faults.ReadBytesPerSecond = SlowBytesPerSecond;
        await server.RunAsync("wave", "start", "move", "--wave", "1");
    }

    private static async Task<ServerProcess> RestartedAsync(ServerProcess killed)
    {
        await killed.DisposeAsync();
        return await ServerProcess.StartAsync(killed.DataDirectory);
    }

    private static async Task<string> PhaseAsync(ServerProcess server, Guid run) =>
        (await server.GetAsync($"runs/{run}"))["run"]!["phase"]!.GetValue<string>();

    private static async Task UntilPhaseAsync(ServerProcess server, Guid run, string phase)
    {
        var now = "";
        await UntilAsync(server, run, async () => (now = await PhaseAsync(server, run)) == phase, $"the run is {phase}", () => now == "Completed");
    }

    private static Task UntilAsync(ServerProcess server, Guid run, Func<bool> reached, string what) =>
        UntilAsync(server, run, () => Task.FromResult(reached()), what, () => false);

    private static async Task UntilAsync(ServerProcess server, Guid run, Func<Task<bool>> reached, string what, Func<bool> isTooLate)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await reached())
        {
            var late = isTooLate() || TimeProvider.System.GetElapsedTime(began) > TimeSpan.FromMinutes(5);
            if (late || await PhaseAsync(server, run) == "Failed")
            {
                throw new ShouldAssertException($"Not reached: {what}.\n{await LogAsync(server, run)}");
            }

            await Task.Delay(20, Cancellation);
        }
    }

    private static async Task<string> LogAsync(ServerProcess server, Guid run) => string.Join(
        '\n',
        (await server.GetAsync($"runs/{run}/log?pageSize=200"))["items"]!.AsArray().Select(x => $"{x!["at"]} {x["phase"],-12} {x["message"]}"));

    private static long JournalledBytes(ServerProcess server, Guid run)
    {
        using var db = MigrateDatabase.CreateFactory(server.Database).CreateDbContext();
        var extents = (int)Extent.CountFor(DiskBytes);
        return db.JournalSegments.Where(x => db.Journals.Any(j => j.RunDiskId == x.RunDiskId && j.RunId == run)).Select(x => x.States).AsEnumerable()
            .Sum(x => (long)SegmentFormat.Read(x, extents)!.KnownCount * Extent.Size);
    }

    private static async Task IsProvenAsync(ServerProcess server, Guid run, string source)
    {
        var detail = await server.GetAsync($"runs/{run}");
        var disk = detail["disks"]!.AsArray().ShouldHaveSingleItem()!;
        string hash;
        await using (var file = File.OpenRead(source))
        {
            hash = await DiskHash.OfStreamAsync(file, Cancellation);
        }

        (disk["sourceHash"]!.GetValue<string>(), disk["destinationHash"]!.GetValue<string>()).ShouldBe((hash, hash));
        var resumptions = SafeAlready().Matches(await LogAsync(server, run));
        resumptions.Count.ShouldBe(2, "each kill in the copy is followed by a copy that goes on");
        JournalledBytes(server, run).ShouldBe(0, "a journal vouches for nothing once a domain writes");

        // Nothing boots from this disk, so nothing has written to it.
        await Programs.OutputOfAsync("cmp", source, Backing(server));
    }

    private static async Task RunsOnceAsync(ServerProcess server, EstateVm vm, SimulatorServer simulator)
    {
        simulator.PowerStateOf(vm.Name).ShouldBe("poweredOff");
        var domains = (await Programs.OutputOfAsync("virsh", "-c", LibvirtFixture.Uri, "list", "--all", "--name")).Split('\n');
        domains.Count(x => x.Contains(vm.Name, StringComparison.Ordinal)).ShouldBe(1);
        (await Programs.OutputOfAsync("virsh", "-c", LibvirtFixture.Uri, "domstate", vm.Name)).Trim().ShouldBe("running");
        HoldersOf(Backing(server)).Count.ShouldBe(1, "one QEMU has the disk open");
    }

    private static async Task RollsBackOnlyWhenConfirmedAsync(ServerProcess server, Guid run, EstateVm vm)
    {
        var (code, output) = await server.TryAsync("run", "rollback", vm.Name, "--reason", "because of a test", "--delete-data");
        code.ShouldBe(1);
        output.ShouldContain("--discard-changes");
        (await Site.DomainStateAsync(vm.Name)).ShouldBe(DomainState.Running);

        await server.RunAsync("run", "rollback", vm.Name, "--reason", "because of a test", "--delete-data", "--discard-changes");
        await UntilAsync(server, run, async () => await PhaseAsync(server, run) == "RolledBack", "the run is rolled back", () => false);
        (await Site.DomainExistsAsync(vm.Name)).ShouldBeFalse();
        Directory.GetFiles(Path.Combine(server.DataDirectory, "target"), "*.raw").ShouldBeEmpty();
    }

    private static string Backing(ServerProcess server) => Directory.GetFiles(Path.Combine(server.DataDirectory, "target"), "*.raw").ShouldHaveSingleItem();

    private static List<string> HoldersOf(string path)
    {
        var holders = new List<string>();
        foreach (var process in Directory.GetDirectories("/proc").Where(x => Path.GetFileName(x).All(char.IsAsciiDigit)))
        {
            try
            {
                if (Directory.GetFiles(Path.Combine(process, "fd")).Any(fd => File.ResolveLinkTarget(fd, returnFinalTarget: false)?.FullName == path))
                {
                    holders.Add(process);
                }
            }
            catch (Exception ended) when (ended is IOException or UnauthorizedAccessException)
            {
                // It ended while it was looked at, so it holds nothing.
            }
        }

        return holders;
    }

    private static async Task AreHealthyAsync(string directory, string[] databases)
    {
        foreach (var name in databases)
        {
            await using var connection = new SqliteConnection($"Data Source={Path.Combine(directory, name)}");
            await connection.OpenAsync(Cancellation);
            await using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA integrity_check";
            (await command.ExecuteScalarAsync(Cancellation)).ShouldBe("ok", name);
            command.CommandText = "PRAGMA foreign_key_check";
            (await command.ExecuteScalarAsync(Cancellation)).ShouldBeNull(name);
        }
    }

    [GeneratedRegex(@"goes on: \d+ of \d+ bytes are safe already")]
    private static partial Regex SafeAlready();
}
