using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Benchmarks.Sync;
using Migrate.Benchmarks.Target;
using Migrate.Executor.Copy;
using Migrate.Executor.Sources;
using Migrate.Planner.Inventory;
using Migrate.Planner.VSphere;
using Migrate.Planner.VSphere.ChangeTracking;
using Migrate.Simulator.Estates;
using Migrate.Target.Host;

namespace Migrate.Benchmarks.Soak;

/// <summary>
/// Passes of a disk that changes all the time, one after the other for as long as is asked: soak --minutes N (60). Source and target are
/// processes of their own; memory, handles and threads of the copy (this process) and of the target are printed over time. It fails when the
/// last quarter's are larger than the second quarter's, or when a pass is not equal to its source.
/// </summary>
internal static class SoakBenchmark
{
    private const string VmName = "vm";
    private const long DiskBytes = (256L << 20) + 4096;
    private const int WritesPerPass = 40;

    /// <summary>Now and then the source forgets what changed, and the whole disk is compared.</summary>
    private const int PassesPerReset = 25;

    public static async Task RunAsync(string[] arguments)
    {
        var minutes = arguments is ["--minutes", var text] ? double.Parse(text, CultureInfo.InvariantCulture) : 60;
        var directory = Directory.CreateTempSubdirectory("migrate-soak-");
        // For the programs that are started here: garbage that nobody has had to collect yet looks like growth, for hours where little is allocated.
        Environment.SetEnvironmentVariable("DOTNET_GCgen0size", "0x400000");
        try
        {
            using var simulator = new SimulatorProcess(new Estate
            {
                Datastores = [new EstateDatastore { Name = "ds1" }],
                Vms = [new EstateVm { Name = VmName, Datastore = "ds1", Disks = [new EstateDisk { Capacity = DiskBytes, ZeroShare = 0.3 }], Writes = new EstateWrites { PerSecond = 20, MostBytes = 64 << 10 } }],
            });
            using var target = new TargetServer(Path.Combine(directory.FullName, "target"), DiskBytes);
            await using var session = await VSphereSession.OpenAsync(
                new VSphereEndpoint(simulator.Url, "administrator@vsphere.local", SimulatorProcess.Password, simulator.Thumbprint), TimeProvider.System, NullLoggerFactory.Instance, default);
            var vm = (await session.ReadInventoryAsync(default)).Vms.Single();
            var tracker = new ChangeTracker(
                session, TrackingState.For(Guid.NewGuid(), vm), (_, _) => Task.CompletedTask, new TrackingOptions { Poll = TimeSpan.FromMilliseconds(50) }, NullLogger<ChangeTracker>.Instance);
            await tracker.EnableAsync(default);
            await PassesAsync(TimeSpan.FromMinutes(minutes), simulator, target, session, vm, tracker, Path.Combine(directory.FullName, "journal"));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task PassesAsync(TimeSpan length, SimulatorProcess simulator, TargetServer target, VSphereSession session, Vm vm, ChangeTracker tracker, string journal)
    {
        var started = Stopwatch.GetTimestamp();
        var sizes = new List<(TimeSpan At, ProcessSize Copy, ProcessSize Target)>();
        var sampleEvery = TimeSpan.FromSeconds(Math.Clamp(length.TotalSeconds / 60, 2, 60));
        long sent = 0, read = 0;
        var passes = 0;
        for (; Stopwatch.GetElapsedTime(started) < length; passes++)
        {
            var result = await PassAsync(target, session, vm, tracker, journal);
            (sent, read) = (sent + result.BytesWritten, read + result.BytesRead);
            await simulator.ControlAsync($"guest-burst?vm={VmName}&disk=0&count={WritesPerPass}&bytes=65536&seed={passes + 1}");
            if (passes % PassesPerReset == PassesPerReset - 1)
            {
                await simulator.ControlAsync($"reset-change-tracking?vm={VmName}");
            }

            var now = Stopwatch.GetElapsedTime(started);
            if (sizes.Count == 0 || now - sizes[^1].At >= sampleEvery)
            {
                sizes.Add((now, ProcessSize.Of(Environment.ProcessId), ProcessSize.Of(target.ProcessId)));
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{now.TotalMinutes,6:0.0} min  {passes + 1,6} passes   copy {sizes[^1].Copy}, heap {sizes[^1].Copy.Heap,5:0.0} MiB   target {sizes[^1].Target}"));
            }
        }

        await tracker.RestoreAsync(default);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{passes} passes, each equal to its source; {read >> 20} MiB read, {sent >> 20} MiB sent"));
        Judge(sizes);
    }

    /// <summary>One pass, as a run makes it: connection, journal and reader are opened for it.</summary>
    private static async Task<ChangeCopyResult> PassAsync(TargetServer target, VSphereSession session, Vm vm, ChangeTracker tracker, string journalFile)
    {
        await using var pass = await tracker.BeginPassAsync(default);
        var part = pass.Disks.Single();
        ChangeCopyResult result;
        await using (var host = await NvmeHost.ConnectAsync(target.Options, TimeProvider.System, null, default))
        {
            var disk = new NvmeDiskWriter(await host.OpenAsync(target.Uuid, default));
            var flat = session.FolderUri(vm.Datacenter, part.Disk.FrozenFile!.Replace(".vmdk", "-flat.vmdk", StringComparison.Ordinal));
            await using var reader = await FolderReader.OpenAsync(session.Http, flat, new FolderReaderOptions(), TimeProvider.System, default);
            await using var journal = await CopyJournal.OpenAsync(journalFile, target.Uuid, DiskBytes, default);
            result = await ChangeCopy.RunAsync(reader, disk, journal, part.Basis, pass.ChangedAreas(part.Disk.Key, default), new ChangeCopyOptions(), null, TimeProvider.System, default);
            var hash = await DiskVerify.HashAsync(disk, null, TimeProvider.System, default);
            if (hash != result.SourceHash)
            {
                throw new InvalidOperationException($"pass {pass.Number}: source {result.SourceHash}, destination {hash}");
            }
        }

        await tracker.CompletePassAsync(default);
        return result;
    }

    private static void Judge(List<(TimeSpan At, ProcessSize Copy, ProcessSize Target)> sizes)
    {
        if (sizes.Count < 8)
        {
            Console.WriteLine("too short to judge growth");
            return;
        }

        var quarter = sizes.Count / 4;
        List<string> grown = [];
        foreach (var (name, of) in ((string, Func<(TimeSpan, ProcessSize Copy, ProcessSize Target), ProcessSize>)[])[("copy", x => x.Copy), ("target", x => x.Target)])
        {
            var (early, late) = (ProcessSize.Median([.. sizes.Skip(quarter).Take(quarter).Select(of)]), ProcessSize.Median([.. sizes.TakeLast(quarter).Select(of)]));
            Console.WriteLine($"{name,-7} second quarter {early}, last quarter {late}");
            grown.AddRange(early.GrownTo(late).Select(x => $"{name}: {x}"));
        }

        Console.WriteLine(grown.Count == 0 ? "flat" : "GROWN: " + string.Join("; ", grown));
        Environment.ExitCode = grown.Count == 0 ? 0 : 1;
    }
}
