namespace Migrate.Simulator.Faults;

/// <summary>How many of the next transfers are cut, and after how many bytes.</summary>
internal sealed class CutCounter
{
    private readonly Lock _lock = new();
    private long _afterBytes;
    private int _times;

    public void Arm(long afterBytes, int times)
    {
        lock (_lock)
        {
            _afterBytes = afterBytes;
            _times = times;
        }
    }

    /// <summary>The limit of the transfer that starts now; null = it may end.</summary>
    public long? Take()
    {
        lock (_lock)
        {
            if (_times <= 0)
            {
                return null;
            }

            _times--;
            return _afterBytes;
        }
    }
}
