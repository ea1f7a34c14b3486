namespace Migrate.Target.Controllers;

/// <summary>Controller properties (NVM Express Base 2.0, 3.1.3), reached by Property Get and Set.</summary>
internal sealed class ControllerRegisters(SubsystemLimits limits)
{
    public const uint CapOffset = 0x00;
    public const uint VersionOffset = 0x08;
    public const uint ConfigurationOffset = 0x14;
    public const uint StatusOffset = 0x1C;
    public const uint ResetOffset = 0x20;

    /// <summary>VS: 2.0.0.</summary>
    public const uint Version = 0x0002_0000;

    private const uint Enable = 1;
    private const uint ShutdownMask = 3 << 14;
    private const uint Ready = 1;
    private const uint ShutdownComplete = 2 << 2;

    private volatile uint _configuration;
    private uint _status;

    /// <summary>MQES, CQR, a timeout of 7.5 s, and the NVM command set; pages of 4 KiB only.</summary>
    public ulong Capabilities => (uint)(limits.MaxQueueEntries - 1) | (1UL << 16) | (15UL << 24) | (1UL << 37);

    public uint Configuration => _configuration;

    public uint Status => _status;

    public bool IsEnabled => (_configuration & Enable) != 0;

    /// <summary>Writes CC; true when this reset the controller (EN from 1 to 0).</summary>
    public bool Configure(uint value)
    {
        var wasEnabled = IsEnabled;
        _configuration = value;
        _status = IsEnabled ? Ready : 0;
        if ((value & ShutdownMask) != 0)
        {
            // Nothing of ours is lost when a host leaves: what it flushed is on the disk, the rest is in the page cache.
            _status |= ShutdownComplete;
        }

        return wasEnabled && !IsEnabled;
    }
}
