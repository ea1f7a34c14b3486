using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.EndToEnd.Tests.Kvm;
using Migrate.Executor.Copy;
using Migrate.Planner.Concerns;
using Migrate.Planner.Persistence;
using Migrate.Simulator.Estates;
using Migrate.Target.Admin;

namespace Migrate.EndToEnd.Tests.Proof;

/// <summary>Which processes do the work.</summary>
public enum Layout
{
    /// <summary>migrate-target, two workers, PostgreSQL.</summary>
    Workers,

    /// <summary>migrate serve alone, with its own target, on PostgreSQL.</summary>
    ServeOnPostgres,

    /// <summary>The same on SQLite.</summary>
    ServeOnSqlite,
}

/// <summary>
/// All programs of a migration as processes of their own, each of which can be killed, and the runs of some VMs that are due to be copied. The
/// server's part that needs libvirt is done by hand: runs begin in Seeding with their namespaces made. Ways to source and target lead through
/// proxies of the test, which survive and count.
/// </summary>
internal sealed class KillYard : IAsyncDisposable
{
    public const int LeaseSeconds = 6;

    /// <summary>What a copy sends between two checkpoints.</summary>
    public const int CheckpointMiB = 2;

    private readonly string _directory = LibvirtFixture.NewDirectory();
    private readonly string _tag = $"{Guid.NewGuid():N}"[..8]; // Domains are named after VMs, and libvirtd is shared.
    private readonly Layout _layout;
    private readonly List<(EstateVm Vm, string File)> _vms = [];
    private readonly List<ProcessUnderTest> _workers = [];
    private KillablePostgres? _postgres;
    private LossyStorage? _storage;
    private TcpProxy _sourceWay = null!;
    private TcpProxy? _targetWay;
    private long? _bytesPerSecond;

    private KillYard(Layout layout) => _layout = layout;

    public YardRuns Runs { get; private set; } = null!;

    public ProcessUnderTest Simulator { get; private set; } = null!;

    /// <summary>Null where the server has the target in its own process.</summary>
    public ProcessUnderTest? Target { get; private set; }

    /// <summary>Workers, or the server.</summary>
    public IReadOnlyList<ProcessUnderTest> Workers => _workers;

    public KillablePostgres? Postgres => _postgres;

    /// <summary>Sent to the target so far, over all attempts; commands and all.</summary>
    public long BytesSentToTarget => _targetWay!.BytesToServer;

    /// <summary>Of all disks.</summary>
    public long DiskBytes => _vms.Sum(x => new FileInfo(x.File).Length);

    public string TargetDirectory => _layout == Layout.Workers ? Path.Combine(_directory, "target") : Path.Combine(_directory, "data", "target");

    private string TargetAdmin => Path.Combine(TargetDirectory, "admin.sock");

    /// <summary>Of the server, and the workers' keys.</summary>
    public string DataDirectory => Path.Combine(_directory, "data");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <param name="layout">Which processes.</param>
    /// <param name="workers">How many; of servers there is one.</param>
    /// <param name="cold">Sizes in bytes of the disks of VMs that are off.</param>
    /// <param name="warm">And of those that are on and write all the time.</param>
    public static async Task<KillYard> OpenAsync(Layout layout, int workers, long[] cold, long[] warm)
    {
        var yard = new KillYard(layout);
        try
        {
            await yard.StartAsync(workers, cold, warm);
            return yard;
        }
        catch
        {
            await yard.DisposeAsync();
            throw;
        }
    }

    public async Task StartWorkersAsync()
    {
        if (Target is not null)
        {
            await StartTargetAsync();
        }

        await Task.WhenAll(_workers.Select(x => x.StartAsync()));
    }

    /// <summary>SIGKILL, and what its storage had not brought to the device is lost.</summary>
    public async Task CutTargetsPowerAsync()
    {
        await Target!.KillAsync();
        await _storage!.CutAsync();
    }

    public async Task StartTargetAsync()
    {
        await Target!.StartAsync();
        var line = Target.Said.Split('\n').Last(x => x.Contains(" listening on ", StringComparison.Ordinal));
        _targetWay!.Upstream = IPEndPoint.Parse(line.Split(' ')[3]);
    }

    /// <summary>The same vCenter again, at the same address as its clients see it. What guests had written is gone with it.</summary>
    public async Task StartSimulatorAsync()
    {
        File.Delete(SimulatorUrlFile);
        await Simulator.StartAsync();
        _sourceWay.Upstream = new IPEndPoint(IPAddress.Loopback, SimulatorUrl.Port);
        await SlowDownAsync(_bytesPerSecond);
    }

    /// <summary>Limits all reads of the source together; null for no limit.</summary>
    public async Task SlowDownAsync(long? bytesPerSecond)
    {
        _bytesPerSecond = bytesPerSecond;
        await ControlAsync(string.Create(CultureInfo.InvariantCulture, $"slow-reads?bytesPerSecond={bytesPerSecond ?? 0}"));
    }

    public async Task ControlAsync(string action)
    {
        using var client = SourceClient();
        using var answer = await client.PostAsync(new Uri("control/" + action, UriKind.Relative), null, Cancellation);
        answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync(Cancellation));
    }

    /// <summary>
    /// Guests stand still, and everything is made equal: cold runs are copied and verified, warm ones have a whole pass that began after that.
    /// Then every destination is compared with its source, by a program that is not ours; and once the runs are rolled back, the source is as it was.
    /// </summary>
    public async Task FinishAsync()
    {
        await SlowDownAsync(null);
        await ControlAsync("pause-guests?on=1");
        await Runs.UntilCopiedAsync(DateTime.UtcNow, Said);
        foreach (var (run, disk) in await Runs.DisksAsync())
        {
            disk.SourceHash.ShouldNotBeNull().ShouldBe(disk.DestinationHash);
            var (vm, file) = _vms.Single(x => x.Vm.Name == run.VmName);
            var now = vm.Power == EstatePower.Off ? file : await DownloadAsync(vm);
            await using (var content = File.OpenRead(now))
            {
                var hash = await DiskHash.OfStreamAsync(content, Cancellation);
                if (hash != disk.SourceHash)
                {
                    throw new ShouldAssertException(
                        $"{run.VmName} (seed {KillSettings.Seed}): the source has {hash}, and was copied as {disk.SourceHash}; different are {await DifferencesAsync(now, Destination(disk))}.\n{await Runs.LogAsync()}\n{Said()}");
                }
            }

            (await Programs.OutputOfAsync("cmp", now, Destination(disk))).ShouldBeEmpty();
        }

        await Runs.RollBackAsync(isHere: _layout == Layout.Workers, Said);
    }

    private string Destination(RunDisk disk) => Path.Combine(TargetDirectory, $"{disk.NamespaceUuid}.raw");

    private static async Task<string> DifferencesAsync(string one, string other)
    {
        const int Block = 64 << 10;
        await using var a = File.OpenRead(one);
        await using var b = new FileStream(other, FileMode.Open, FileAccess.Read, FileShare.ReadWrite); // The target has it open.
        var (here, there) = (new byte[Block], new byte[Block]);
        List<string> differ = [];
        for (var at = 0L; at < a.Length; at += Block)
        {
            var (length, otherLength) = (await a.ReadAtLeastAsync(here, Block, throwOnEndOfStream: false, Cancellation), await b.ReadAtLeastAsync(there, Block, throwOnEndOfStream: false, Cancellation));
            if (!here.AsSpan(0, length).SequenceEqual(there.AsSpan(0, otherLength)))
            {
                differ.Add($"{at >> 10} KiB");
            }
        }

        return string.Join(", ", differ);
    }

    /// <summary>The file that is a VM's disk as it was when the source was started.</summary>
    public string SourceOf(string vmName) => _vms.Single(x => x.Vm.Name == vmName).File;

    /// <summary>What all processes said last, for a failure's message.</summary>
    public string Said() => string.Join('\n', ((ProcessUnderTest?[])[Simulator, Target, .. _workers]).Where(x => x is not null).Select(x => $"--- {x!.Name}\n{x.Said}"));

    public async ValueTask DisposeAsync()
    {
        foreach (var process in (ProcessUnderTest?[])[.. _workers, Target, Simulator])
        {
            await (process?.DisposeAsync() ?? ValueTask.CompletedTask);
        }

        await (Runs?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_targetWay?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_sourceWay?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_postgres?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_storage?.DisposeAsync() ?? ValueTask.CompletedTask);
        Directory.Delete(_directory, recursive: true);
    }

    private string SimulatorUrlFile => Path.Combine(_directory, "url");

    private Uri SimulatorUrl => new(File.ReadAllText(SimulatorUrlFile).Trim());

    private async Task StartAsync(int workers, long[] cold, long[] warm)
    {
        foreach (var (bytes, i) in cold.Select((x, i) => (x, i)))
        {
            await AddVmAsync($"cold{i}-{_tag}", bytes, EstatePower.Off, null);
        }

        foreach (var (bytes, i) in warm.Select((x, i) => (x, i)))
        {
            await AddVmAsync($"warm{i}-{_tag}", bytes, EstatePower.On, new EstateWrites { PerSecond = 3, MostBytes = 32 << 10 });
        }

        await EstateFile.SaveAsync(Migrate.EndToEnd.Tests.Runs.Estates.Of([.. _vms.Select(x => x.Vm)]), Path.Combine(_directory, "estate.json"), Cancellation);
        Simulator = new ProcessUnderTest(
            "simulator", "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "migrate-simulator.dll"), "serve", "--estate", Path.Combine(_directory, "estate.json"), "--state", Path.Combine(_directory, "simulator"),
                "--url-file", SimulatorUrlFile, "--thumbprint-file", Path.Combine(_directory, "thumbprint"), "--control"],
            line => line.StartsWith("Ready.", StringComparison.Ordinal));
        await Simulator.StartAsync();
        _sourceWay = new TcpProxy(new IPEndPoint(IPAddress.Loopback, SimulatorUrl.Port));
        _postgres = _layout == Layout.ServeOnSqlite ? null : await KillablePostgres.StartNewAsync();
        Directory.CreateDirectory(DataDirectory);
        var database = _postgres is { } pg ? DatabaseOptions.Postgres(pg.ConnectionString + ";Pooling=false") : DatabaseOptions.Sqlite(Path.Combine(DataDirectory, "migrate.db"));
        Runs = await YardRuns.StartAsync(
            database, Path.Combine(DataDirectory, "keys"), TargetAdmin, $"https://127.0.0.1:{_sourceWay.EndPoint.Port}/", (await File.ReadAllTextAsync(Path.Combine(_directory, "thumbprint"), Cancellation)).Trim(),
            _vms.ToDictionary(x => x.Vm.Name, x => x.Vm.Power == EstatePower.Off ? MigrationMode.Cold : MigrationMode.Warm));
        _storage = _layout == Layout.Workers ? await LossyStorage.CreateAsync(_directory, TargetDirectory, 512 + (2 * DiskBytes >> 20)) : null;
        await MakeNamespacesAsync();
        DefineWorkers(workers);
    }

    private async Task AddVmAsync(string name, long bytes, EstatePower power, EstateWrites? writes)
    {
        var file = Path.Combine(_directory, $"{name}.raw");
        await using (var stream = File.Create(file))
        {
            // No zeroes, so that what is sent can be counted.
            for (var left = bytes; left > 0; left -= Extent.Size)
            {
                await stream.WriteAsync(RandomNumberGenerator.GetBytes((int)Math.Min(Extent.Size, left)), Cancellation);
            }
        }

        _vms.Add((Migrate.EndToEnd.Tests.Runs.Estates.Vm(file, power: power) with { Name = name, Writes = writes, Cbt = writes is not null }, file));
    }

    private async Task MakeNamespacesAsync()
    {
        await using var target = await NvmeTarget.StartAsync(
            new TargetOptions { Directory = TargetDirectory, Port = 0, DiscoveryPort = null }, TimeProvider.System, NullLoggerFactory.Instance, Cancellation);
        foreach (var (_, disk) in await Runs.DisksAsync())
        {
            await target.CreateNamespaceAsync(new NamespaceSpec(disk.NamespaceUuid, disk.CapacityBytes), Cancellation);
        }
    }

    private void DefineWorkers(int count)
    {
        string[] often = ["--lease-seconds", $"{LeaseSeconds}", "--checkpoint-mib", $"{CheckpointMiB}"];
        string[] database = _postgres is null ? [] : ["--database-file", DatabaseFile()];
        var migrate = Repository.Program("Api", "migrate");
        if (_layout != Layout.Workers)
        {
            _workers.Add(new ProcessUnderTest(
                "server", "dotnet", [migrate, "serve", "--data", DataDirectory, "--urls", "http://127.0.0.1:0", "--target-port", "0", .. database, .. often],
                line => line.StartsWith("migrate listens on ", StringComparison.Ordinal)));
            return;
        }

        // Not past the page cache, so that a power cut has something to take.
        var (program, arguments) = _storage!.OnItsMachine("dotnet", Repository.Program("Target", "migrate-target"), "serve", "--directory", TargetDirectory, "--port", "0", "--direct", "off");
        Target = new ProcessUnderTest("target", program, arguments, line => line.StartsWith("listening on ", StringComparison.Ordinal));
        _targetWay = new TcpProxy(new IPEndPoint(IPAddress.Loopback, 1));
        for (var i = 1; i <= count; i++)
        {
            _workers.Add(new ProcessUnderTest(
                $"w{i}", "dotnet",
                [migrate, "worker", "run", "--name", $"w{i}", .. database, "--keys", Path.Combine(DataDirectory, "keys"), "--target-admin", TargetAdmin,
                    "--target", $"{_targetWay.EndPoint}", .. often],
                line => line.EndsWith("is ready.", StringComparison.Ordinal)));
        }
    }

    private string DatabaseFile()
    {
        var file = Path.Combine(_directory, "database");
        File.WriteAllText(file, _postgres!.ConnectionString);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return file;
    }

    /// <summary>The disk as the guest has it now: without a snapshot the flat file is all of it.</summary>
    private async Task<string> DownloadAsync(EstateVm vm)
    {
        using var client = SourceClient();
        client.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String("administrator@vsphere.local:rehearsal"u8));
        var path = Path.Combine(_directory, $"{vm.Name}.now");
        await using var file = File.Create(path);
        await using var content = await client.GetStreamAsync(new Uri($"folder/{vm.Name}/{vm.Name}-flat.vmdk?dsName={vm.Datastore}", UriKind.Relative), Cancellation);
        await content.CopyToAsync(file, Cancellation);
        return path;
    }

    private HttpClient SourceClient() => new(new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, _, _, _) => true }) { BaseAddress = SimulatorUrl };
}
