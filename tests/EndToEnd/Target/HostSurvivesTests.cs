using System.Net;
using System.Security.Cryptography;
using System.Threading.Channels;
using Migrate.Executor.Copy;
using Migrate.Executor.Sources;
using Migrate.Target.Host;

namespace Migrate.EndToEnd.Tests.Target;

/// <summary>migrate-target dies by SIGKILL under our own host and comes back: the host waits, connects again and loses nothing.</summary>
public sealed class HostSurvivesTests : IDisposable
{
    private const int Kills = 3;
    private const int Capacity = 192 << 20;

    private readonly string _directory = Directory.CreateTempSubdirectory("migrate-survive-").FullName;
    private readonly Guid _uuid = Guid.NewGuid();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_copy_goes_on_over_the_deaths_of_its_target_and_reads_back_the_same()
    {
        var source = Path.Combine(_directory, "source.raw");
        await File.WriteAllBytesAsync(source, RandomNumberGenerator.GetBytes(Capacity), Cancel);
        var target = await StartAsync(0);
        try
        {
            await using var host = await ConnectAsync(target.Port);
            var disk = await host.OpenAsync(_uuid, Cancel);
            await using var reader = RawFileReader.Open(source);
            await using var journal = await CopyJournal.OpenAsync(Path.Combine(_directory, "journal"), _uuid, Capacity, Cancel);
            var deaths = new Deaths();
            // Each third of the way the target dies; the copy's own thread waits for nothing.
            var killer = deaths.RunAsync(async () => target = await RestartAsync(target));
            var result = await DiskCopy.RunAsync(reader, disk, journal, new CopyOptions { CheckpointBytes = 16 << 20 }, deaths, TimeProvider.System, Cancel);
            await killer;

            deaths.Count.ShouldBe(Kills);
            (await DiskVerify.HashAsync(disk, null, TimeProvider.System, Cancel)).ShouldBe(result.SourceHash);
        }
        finally
        {
            await target.DisposeAsync();
        }
    }

    [Fact]
    public async Task Random_writes_and_reads_agree_with_memory_over_the_deaths_of_the_target()
    {
        var target = await StartAsync(0);
        try
        {
            await using var host = await ConnectAsync(target.Port);
            var disk = await host.OpenAsync(_uuid, Cancel);
            var (isOver, asked) = (false, 0L);
            var workers = Task.WhenAll(Enumerable.Range(0, 16).Select(worker => UseAsync(disk, worker, () =>
            {
                Interlocked.Increment(ref asked);
                return Volatile.Read(ref isOver);
            })));
            for (var i = 0; i < Kills; i++)
            {
                await MoreAsync();
                target = await RestartAsync(target);
            }

            await MoreAsync();
            Volatile.Write(ref isOver, true);
            (await workers).Sum().ShouldBeGreaterThan(1000);

            // A second of work, and as many commands as it should be however slow the machine is.
            async Task MoreAsync()
            {
                var until = Interlocked.Read(ref asked) + 400;
                await Task.Delay(TimeSpan.FromSeconds(1), Cancel);
                while (Interlocked.Read(ref asked) < until && !workers.IsCompleted)
                {
                    await Task.Delay(20, Cancel);
                }
            }
        }
        finally
        {
            await target.DisposeAsync();
        }
    }

    // Each worker has every sixteenth block of 4 KiB, so that its own order of writes says what must be there.
    private static async Task<long> UseAsync(NvmeDisk disk, int worker, Func<bool> isOver)
    {
        const int block = 4096;
        var random = new Random(worker);
        var model = new byte[256][];
        var commands = 0L;
        for (; !isOver(); commands++)
        {
            var index = random.Next(model.Length);
            var at = ((index * 16L) + worker) * block;
            var data = new byte[block];
            switch (random.Next(10))
            {
                case 0:
                    await disk.FlushAsync(Cancel);
                    break;
                case < 6:
                    random.NextBytes(data);
                    await disk.WriteAsync(at, data, Cancel);
                    model[index] = data;
                    break;
                default:
                    await disk.ReadAsync(at, data, Cancel);
                    data.AsSpan().SequenceEqual(model[index] ?? new byte[block]).ShouldBeTrue($"worker {worker}, command {commands}, block {index}");
                    break;
            }
        }

        return commands;
    }

    private Task<TargetProcess> StartAsync(int port) => TargetProcess.StartAsync(_directory, port, _uuid, $"{Capacity >> 20}M");

    private async Task<TargetProcess> RestartAsync(TargetProcess target)
    {
        await target.KillAsync();
        await target.DisposeAsync();
        await Task.Delay(TimeSpan.FromMilliseconds(500), Cancel); // the host tries in vain
        return await StartAsync(target.Port);
    }

    private static Task<NvmeHost> ConnectAsync(int port) => NvmeHost.ConnectAsync(new NvmeHostOptions
    {
        EndPoint = new IPEndPoint(IPAddress.Loopback, port),
        SubsystemNqn = "nqn.2026-01.org.migrate:target",
        HostNqn = "nqn.2014-08.org.nvmexpress:uuid:7c3f1c4e-0000-4000-8000-00000000000c",
        HostId = Guid.Parse("7c3f1c4e-0000-4000-8000-00000000000c"),
        LossTimeout = TimeSpan.FromMinutes(5),
        ReconnectDelay = TimeSpan.FromMilliseconds(200),
    }, TimeProvider.System, null, Cancel);

    /// <summary>Asks for a death each time that another part of the copy is done.</summary>
    private sealed class Deaths : IProgress<CopyProgress>
    {
        private readonly Channel<int> _due = Channel.CreateUnbounded<int>();
        private int _asked;

        public int Count { get; private set; }

        public void Report(CopyProgress value)
        {
            lock (_due)
            {
                for (; _asked < Kills && value.BytesDone > (long)Capacity * _asked / (Kills + 1); _asked++)
                {
                    _due.Writer.TryWrite(_asked);
                }
            }
        }

        public async Task RunAsync(Func<Task> die)
        {
            for (; Count < Kills; Count++)
            {
                await _due.Reader.ReadAsync(Cancel);
                await die();
            }
        }
    }
}
