namespace Migrate.Target.Controllers;

/// <summary>Features (NVM Express Base 2.0, 5.27.1) of one controller.</summary>
internal sealed class ControllerFeatures(SubsystemLimits limits)
{
    public const byte Arbitration = 0x01;
    public const byte PowerManagement = 0x02;
    public const byte TemperatureThreshold = 0x04;
    public const byte ErrorRecovery = 0x05;
    public const byte VolatileWriteCache = 0x06;
    public const byte NumberOfQueues = 0x07;
    public const byte WriteAtomicity = 0x0A;
    public const byte AsyncEventConfiguration = 0x0B;
    public const byte KeepAliveTimer = 0x0F;
    public const byte HostIdentifier = 0x81;

    private volatile bool _writeCache = true;

    /// <summary>I/O queues that the host asked for and got.</summary>
    public int IoQueues { get; private set; } = limits.MaxIoQueues;

    /// <summary>False makes every write durable before it is answered.</summary>
    public bool WriteCache
    {
        get => _writeCache;
        set => _writeCache = value;
    }

    /// <summary>Values that are kept for the host and mean nothing to a target without media of its own.</summary>
    public Dictionary<byte, uint> Kept { get; } = new()
    {
        [Arbitration] = 0,
        [PowerManagement] = 0,
        [TemperatureThreshold] = 0,
        [ErrorRecovery] = 0,
        [WriteAtomicity] = 0,
    };

    public IEnumerable<byte> Identifiers =>
        Kept.Keys.Concat([VolatileWriteCache, NumberOfQueues, AsyncEventConfiguration, KeepAliveTimer, HostIdentifier]);

    /// <summary>Both counts are 0's based and granted alike: a queue pair is one connection.</summary>
    public uint GrantQueues(uint requested)
    {
        var pairs = Math.Min((int)(requested & 0xFFFF), (int)(requested >> 16)) + 1;
        IoQueues = Math.Min(pairs, limits.MaxIoQueues);
        return QueueCounts;
    }

    public uint QueueCounts => (uint)((IoQueues - 1) | ((IoQueues - 1) << 16));
}
