using Migrate.Simulator.Soap;
using Migrate.Simulator.Values;

namespace Migrate.Simulator.Faults;

/// <summary>Which tasks, by the method that starts them, end in which fault.</summary>
internal sealed class TaskFailures
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (DataObject Fault, string Message, int Times)> _armed = new(StringComparer.Ordinal);

    public void Arm(string method, DataObject fault, string message, int times)
    {
        lock (_lock)
        {
            _armed[method] = (fault, message, times);
        }
    }

    public void ThrowIfArmed(string method)
    {
        lock (_lock)
        {
            if (_armed.TryGetValue(method, out var armed) && armed.Times > 0)
            {
                _armed[method] = armed with { Times = armed.Times - 1 };
                throw new VimFaultException(armed.Fault, armed.Message);
            }
        }
    }
}
