using Microsoft.Extensions.Logging;
using Migrate.Target.Admin;
using Migrate.Target.Host;

namespace Migrate.Target.Tests.Fuzzing;

/// <summary>
/// The target that is attacked: namespaces that everybody may write, and one that is granted to a well-behaved host and filled
/// with bytes that no other host may ever see, let alone change.
/// </summary>
internal sealed class FuzzTarget : IAsyncDisposable
{
    public const string GuardNqn = "nqn.2014-08.org.nvmexpress:uuid:7c3f1c4e-0000-4000-8000-00000000000a";
    public const string AttackerNqn = "nqn.2014-08.org.nvmexpress:uuid:7c3f1c4e-0000-4000-8000-00000000000b";
    public const int Capacity = 1 << 20;

    private readonly ILoggerFactory _loggers;

    private FuzzTarget(NvmeTarget target, NvmeHost host, NvmeDisk guarded, Guid open, Guid coming, LogOfErrors log, ILoggerFactory loggers) =>
        (Target, Host, Guarded, Open, Coming, Log, _loggers) = (target, host, guarded, open, coming, log, loggers);

    public NvmeTarget Target { get; }

    /// <summary>The well-behaved host.</summary>
    public NvmeHost Host { get; }

    public NvmeDisk Guarded { get; }

    /// <summary>A namespace that the attacker may use.</summary>
    public Guid Open { get; }

    /// <summary>A namespace that is there and is not, by turns (<see cref="ComeAndGoAsync"/>).</summary>
    private Guid Coming { get; }

    public LogOfErrors Log { get; }

    /// <summary>Every eight bytes of the guarded namespace say this, and where they are.</summary>
    public static ulong Secret(long offset) => 0x5EC2_E700_0000_0000 | (ulong)offset;

    public static bool IsSecret(ReadOnlySpan<byte> bytes) => bytes.Length >= 8 && BitConverter.ToUInt64(bytes) >> 32 == 0x5EC2_E700;

    public static async Task<FuzzTarget> StartAsync(string directory, CancellationToken cancellationToken)
    {
        var log = new LogOfErrors();
        var loggers = LoggerFactory.Create(b => b.AddProvider(log).SetMinimumLevel(LogLevel.Error));
        var options = new TargetOptions { Directory = directory, Port = 0, MaxConnections = 8192, HandshakeTimeout = TimeSpan.FromSeconds(5) };
        var target = await NvmeTarget.StartAsync(options, TimeProvider.System, loggers, cancellationToken);
        var open = await target.CreateNamespaceAsync(new NamespaceSpec(Guid.NewGuid(), Capacity), cancellationToken);
        var guarded = await target.CreateNamespaceAsync(new NamespaceSpec(Guid.NewGuid(), Capacity), cancellationToken);
        var coming = await target.CreateNamespaceAsync(new NamespaceSpec(Guid.NewGuid(), Capacity, 4096), cancellationToken);
        // Past the page cache, so that no access is done at once.
        await target.CreateNamespaceAsync(new NamespaceSpec(Guid.NewGuid(), Capacity) { Direct = true }, cancellationToken);
        await target.GrantAsync(guarded.Uuid, GuardNqn, cancellationToken);
        var host = await NvmeHost.ConnectAsync(HostOptions(target, GuardNqn), TimeProvider.System, null, cancellationToken);
        var disk = await host.OpenAsync(guarded.Uuid, cancellationToken);
        await disk.WriteAsync(0, Secrets(), cancellationToken);
        return new FuzzTarget(target, host, disk, open.Uuid, coming.Uuid, log, loggers);
    }

    public static NvmeHostOptions HostOptions(NvmeTarget target, string nqn) => new()
    {
        EndPoint = target.EndPoint,
        SubsystemNqn = target.SubsystemNqn,
        HostNqn = nqn,
        HostId = Guid.Parse(nqn[^36..]),
    };

    public async Task<IReadOnlyList<RecordedTrace>> RecordAsync(CancellationToken cancellationToken)
    {
        var options = HostOptions(Target, AttackerNqn);
        return
        [
            .. await RecordedTrace.RecordAsync(options, Open, digests: false, cancellationToken),
            .. await RecordedTrace.RecordAsync(options, Open, digests: true, cancellationToken),
        ];
    }

    /// <summary>Reads the guarded namespace through the well-behaved host.</summary>
    public async Task<bool> IsGuardedIntactAsync(CancellationToken cancellationToken)
    {
        var read = new byte[Capacity];
        await Guarded.ReadAsync(0, read, cancellationToken);
        return read.AsSpan().SequenceEqual(Secrets());
    }

    /// <summary>Every namespace can be taken offline, for which each access to it must have ended.</summary>
    public async Task<bool> IsUnusedAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        foreach (var one in Target.ListNamespaces())
        {
            var offline = Target.TakeOfflineAsync(one.Uuid, cancellationToken);
            if (await Task.WhenAny(offline, Task.Delay(patience, cancellationToken)) != offline)
            {
                return false;
            }

            await offline;
            await Target.BringOnlineAsync(one.Uuid, cancellationToken);
        }

        return true;
    }

    /// <summary>Its notices reach hostile admin connections from another thread, also while they are ending.</summary>
    public async Task ComeAndGoAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await Target.TakeOfflineAsync(Coming, CancellationToken.None);
            await Target.BringOnlineAsync(Coming, CancellationToken.None);
            await Task.Delay(TimeSpan.FromMilliseconds(1), CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await Target.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(1)); // waits for every access to its namespaces to end
        _loggers.Dispose();
    }

    private static byte[] Secrets()
    {
        var bytes = new byte[Capacity];
        for (var at = 0; at < Capacity; at += 8)
        {
            BitConverter.TryWriteBytes(bytes.AsSpan(at), Secret(at));
        }

        return bytes;
    }
}
