using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Executor.Copy;
using Migrate.Executor.Sources;
using Migrate.Target.Admin;
using Migrate.Target.Host;

namespace Migrate.EndToEnd.Tests.Proof;

/// <summary>A disk in a file, a target with a namespace for it, the way there through a proxy, and the journal of the copy.</summary>
internal sealed class CopyLine : IAsyncDisposable
{
    public const long MiB = 1 << 20;
    private readonly Guid _id = Guid.NewGuid();
    private readonly List<(string Program, string[] Arguments)> _undo = [];

    private CopyLine(string directory, long bytes) => (Directory, Bytes) = (directory, bytes);

    public string Directory { get; }

    public long Bytes { get; }

    public string Source => Path.Combine(Directory, "source.raw");

    public NvmeTarget Target { get; private set; } = null!;

    public TcpProxy Way { get; private set; } = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <param name="bytes">Size of the disk, of random bytes.</param>
    /// <param name="tmpfs">Size of a file system that holds nothing but the target's directory; null for the test's own directory.</param>
    public static async Task<CopyLine> OpenAsync(long bytes, string? tmpfs = null)
    {
        var line = new CopyLine(System.IO.Directory.CreateTempSubdirectory("migrate-line-").FullName, bytes);
        await using (var file = File.Create(line.Source))
        {
            for (var left = bytes; left > 0; left -= MiB)
            {
                await file.WriteAsync(RandomNumberGenerator.GetBytes((int)Math.Min(MiB, left)), Cancellation);
            }
        }

        var place = System.IO.Directory.CreateDirectory(Path.Combine(line.Directory, "target")).FullName;
        if (tmpfs is not null)
        {
            await Programs.OutputOfAsync("mount", "-t", "tmpfs", "-o", $"size={tmpfs}", "migrate-test", place);
            line._undo.Add(("umount", [place]));
        }

        line.Target = await NvmeTarget.StartAsync(
            new TargetOptions { Directory = place, Port = 0, DiscoveryPort = null, Overcommit = true }, TimeProvider.System, NullLoggerFactory.Instance, Cancellation);
        await line.Target.CreateNamespaceAsync(new NamespaceSpec(line._id, bytes), Cancellation);
        line.Way = new TcpProxy(line.Target.EndPoint);
        return line;
    }

    /// <param name="digests">Of headers and data.</param>
    /// <param name="patient">False: what breaks is not made again; the copy fails.</param>
    public Task<NvmeHost> ConnectAsync(bool digests = false, bool patient = true) => NvmeHost.ConnectAsync(
        new NvmeHostOptions
        {
            EndPoint = Way.EndPoint,
            SubsystemNqn = Target.SubsystemNqn,
            HostNqn = "nqn.2026-01.org.migrate:proof",
            HostId = _id,
            DataDigest = digests,
            HeaderDigest = digests,
            CommandTimeout = TimeSpan.FromSeconds(6),
            KeepAliveTimeout = TimeSpan.FromSeconds(6),
            LossTimeout = patient ? TimeSpan.FromMinutes(3) : TimeSpan.Zero,
            ReconnectDelay = TimeSpan.FromMilliseconds(200),
        },
        TimeProvider.System, null, Cancellation);

    public Task<NvmeDisk> OpenDiskAsync(NvmeHost host) => host.OpenAsync(_id, Cancellation);

    public Task<CopyJournal> OpenJournalAsync() => CopyJournal.OpenAsync(Path.Combine(Directory, "journal"), _id, Bytes, Cancellation);

    /// <summary>One attempt, with the journal that earlier ones left.</summary>
    public async Task<CopyResult> CopyAsync(IDiskReader reader, NvmeDisk destination, CopyOptions? options = null, IProgress<CopyProgress>? progress = null)
    {
        await using var journal = await OpenJournalAsync();
        return await DiskCopy.RunAsync(reader, destination, journal, options ?? new CopyOptions { CheckpointBytes = 4 * MiB }, progress, TimeProvider.System, Cancellation);
    }

    /// <summary>Offsets of extents at the destination that are not what the journal says.</summary>
    public async Task<IReadOnlyList<long>> DifferencesAsync(NvmeDisk destination)
    {
        await using var journal = await OpenJournalAsync();
        return (await DiskVerify.RunAsync(new NvmeDiskWriter(destination), journal, null, new VerifyOptions(), null, TimeProvider.System, Cancellation)).Differences.Select(x => x.Offset).ToList();
    }

    /// <summary>By a program that is not ours.</summary>
    public async Task IsEqualAsync()
    {
        await Target.TakeOfflineAsync(_id, Cancellation);
        (await Programs.OutputOfAsync("cmp", Source, Target.FindNamespace(_id)!.BackingPath)).ShouldBeEmpty();
    }

    public async ValueTask DisposeAsync()
    {
        await Way.DisposeAsync();
        try
        {
            await Target.DisposeAsync();
        }
        catch (TargetException)
        {
            // Its storage was full on purpose, and the test has failed already.
        }

        foreach (var (program, arguments) in Enumerable.Reverse(_undo))
        {
            await Programs.OutputOfAsync(program, arguments);
        }

        System.IO.Directory.Delete(Directory, recursive: true);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Bytes} bytes, {Way.BytesToServer} sent, {Way.Spoilt} spoilt");
}
