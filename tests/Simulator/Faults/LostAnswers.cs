namespace Migrate.Simulator.Faults;

/// <summary>Of which methods the next answers never arrive though the work is done: how a client comes to not know whether it was.</summary>
internal sealed class LostAnswers
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _times = new(StringComparer.Ordinal);

    public void Arm(string method, int times)
    {
        lock (_lock)
        {
            _times[method] = times;
        }
    }

    public bool Take(string method)
    {
        lock (_lock)
        {
            var left = _times.GetValueOrDefault(method);
            _times[method] = Math.Max(0, left - 1);
            return left > 0;
        }
    }
}
