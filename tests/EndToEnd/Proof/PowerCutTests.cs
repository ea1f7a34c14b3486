using System.Net;
using System.Security.Cryptography;
using Migrate.Executor.Copy;
using Migrate.Executor.Sources;
using Migrate.Planner;
using Migrate.Target.Host;

namespace Migrate.EndToEnd.Tests.Proof;

/// <summary>
/// The target's machine loses its power in the middle of a copy: the process is gone, and so is whatever its file system had not brought to the
/// device. Needs root.
/// </summary>
[Collection(nameof(ProofCollection))]
public sealed class PowerCutTests : IAsyncLifetime
{
    private const long MiB = 1 << 20;
    private const long DiskBytes = (64 * MiB) + 512;
    private const int Cuts = 4;

    private readonly string _directory = Directory.CreateTempSubdirectory("migrate-power-").FullName;
    private readonly Guid _id = Guid.NewGuid();
    private readonly Random _random = new(KillSettings.Seed);
    private ProcessUnderTest? _target;
    private LossyStorage _storage = null!;
    private TcpProxy _way = null!;
    private volatile CopyJournal? _open;
    private long _safe;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Mount => Path.Combine(_directory, "storage");

    private string Source => Path.Combine(_directory, "source.raw");

    private string Journal => Path.Combine(_directory, "journal");

    private string Backing => Path.Combine(Mount, $"{_id}.raw");

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllBytesAsync(Source, RandomNumberGenerator.GetBytes((int)DiskBytes), Cancellation);
        _storage = await LossyStorage.CreateAsync(_directory, Mount, mebibytes: 256);
        _way = new TcpProxy(new IPEndPoint(IPAddress.Loopback, 1)) { BytesPerSecond = 6 * MiB };
        await StartTargetAsync();
    }

    [Fact]
    public async Task The_journal_never_vouches_for_an_extent_that_a_power_cut_took_and_the_copy_comes_to_its_end()
    {
        var copying = CopyInTriesAsync();
        long lost = 0, kept = 0;
        for (var cut = 0; cut < Cuts; cut++)
        {
            await UntilJournalGrewAsync(copying);
            await Task.WhenAny(copying, Task.Delay(_random.Next(800), Cancellation));
            copying.IsCompleted.ShouldBeFalse("it is to be cut in the middle");
            lost += await CutAsync();
            kept += await CheckJournalAsync();
            await StartTargetAsync();
        }

        _way.BytesPerSecond = null;
        await copying;
        await _target!.DisposeAsync();
        (await Programs.OutputOfAsync("cmp", Source, Backing)).ShouldBeEmpty();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {KillSettings.Seed}, {Cuts} cuts: {lost} extents were written and lost, {kept} were vouched for and there");
        lost.ShouldBeGreaterThan(0, "the cuts were real");
        kept.ShouldBeGreaterThan(0, "and so were the journal's words");
    }

    public async ValueTask DisposeAsync()
    {
        await (_target?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_way?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_storage?.DisposeAsync() ?? ValueTask.CompletedTask);
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Each cut comes after a checkpoint more.</summary>
    private async Task UntilJournalGrewAsync(Task copying)
    {
        while ((_open?.DurableBytes ?? 0) <= _safe)
        {
            copying.IsCompleted.ShouldBeFalse("it is to be cut in the middle");
            await Task.Delay(10, Cancellation);
        }

        _safe = _open!.DurableBytes;
    }

    /// <summary>SIGKILL, and the storage as its device has it now. Gives the extents that could be read before and are not there any more.</summary>
    private async Task<long> CutAsync()
    {
        await _target!.KillAsync();
        IReadOnlyList<string> before = [];
        await _storage.CutAsync(async () => before = await ExtentsAsync());
        var after = await ExtentsAsync();
        return before.Where((x, i) => x != after[i]).Count();
    }

    /// <summary>Everything that the journal calls safe is in the storage. Gives how many extents with data.</summary>
    private async Task<long> CheckJournalAsync()
    {
        var copy = Path.Combine(_directory, "journal-seen");
        File.Copy(Journal, copy, overwrite: true); // To open it where it is would take the copy's lease.
        await using var journal = await CopyJournal.OpenAsync(copy, _id, DiskBytes, Cancellation);
        var there = await ExtentsAsync();
        var hash = new byte[SHA256.HashSizeInBytes];
        var checkedData = 0;
        for (var index = 0; index < there.Count; index++)
        {
            if (journal.Hashes.IsKnown(index))
            {
                journal.Hashes.IsZero(index).ShouldBeFalse("the source has no zeroes");
                journal.Hashes.CopyHash(index, hash);
                there[index].ShouldBe(Convert.ToHexString(hash), $"extent {index} is in the journal and was lost");
                checkedData++;
            }
        }

        return checkedData;
    }

    /// <summary>The hashes of what the namespace's file has; of a file that is gone, or shorter, nothing.</summary>
    private async Task<IReadOnlyList<string>> ExtentsAsync()
    {
        var hashes = new List<string>();
        await using var file = File.OpenRead(Backing);
        var extent = new byte[MiB];
        for (var index = 0L; index < Extent.CountFor(DiskBytes); index++)
        {
            var part = extent.AsMemory(0, Extent.LengthOf(index, DiskBytes));
            file.Position = index * Extent.Size;
            var read = await file.ReadAtLeastAsync(part, part.Length, throwOnEndOfStream: false, Cancellation);
            hashes.Add(Convert.ToHexString(SHA256.HashData(part.Span[..read])));
        }

        return hashes;
    }

    /// <summary>As a run does it: an attempt that fails for a reason that may pass is made again, from the journal.</summary>
    private async Task CopyInTriesAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var host = await NvmeHost.ConnectAsync(
                    new NvmeHostOptions
                    {
                        EndPoint = _way.EndPoint,
                        SubsystemNqn = "nqn.2026-01.org.migrate:target",
                        HostNqn = "nqn.2026-01.org.migrate:proof",
                        HostId = _id,
                        LossTimeout = TimeSpan.FromMinutes(3),
                        ReconnectDelay = TimeSpan.FromMilliseconds(200),
                    },
                    TimeProvider.System, null, Cancellation);
                using var reader = RawFileReader.Open(Source);
                await using var journal = _open = await CopyJournal.OpenAsync(Journal, _id, DiskBytes, Cancellation);
                await DiskCopy.RunAsync(
                    reader, await host.OpenAsync(_id, Cancellation), journal, new CopyOptions { CheckpointBytes = 4 * MiB, DestinationIsZero = attempt == 1 }, null, TimeProvider.System, Cancellation);
                return;
            }
            catch (Exception e) when (attempt < 100 && e is MigrateException { IsTransient: true } or NvmeException { StatusCodeType: null })
            {
                await Task.Delay(200, Cancellation);
            }
        }
    }

    private async Task StartTargetAsync()
    {
        await (_target?.DisposeAsync() ?? ValueTask.CompletedTask);
        var (program, arguments) = _storage.OnItsMachine(
            "dotnet", Repository.Program("Target", "migrate-target"), "serve", "--directory", Mount, "--port", "0", "--direct", "off", "--create", $"{_id}:{DiskBytes}");
        _target = new ProcessUnderTest("target", program, arguments, line => line.StartsWith("listening on ", StringComparison.Ordinal));
        await _target.StartAsync();
        _way.Upstream = IPEndPoint.Parse(_target.Said.Split('\n').Last(x => x.Contains(" listening on ", StringComparison.Ordinal)).Split(' ')[3]);
    }
}
