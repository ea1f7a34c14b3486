using Migrate.Target.Namespaces;
using Migrate.Target.Protocol;

namespace Migrate.Target.Statistics;

/// <summary>
/// What one connection did to one namespace. Only the connection's thread writes, without interlocked instructions and on
/// cache lines of its own; whoever reads sees each number whole, though not all of the same moment.
/// </summary>
internal sealed class CommandCounters(Namespace one)
{
    public const int Classes = (int)CommandClass.Other + 1;

    /// <summary>Per class: its bytes, its ticks, then its histogram, whose sum is the number of its commands.</summary>
    private const int Stride = 2 + LatencyBuckets.Count;

    /// <summary>Two cache lines before and behind keep neighbours on the heap, which other threads write, away.</summary>
    private const int Padding = 128 / sizeof(long);

    private readonly long[] _values = new long[Padding + (Classes * Stride) + Padding];
    private readonly Lock _errorsGate = new();
    private Dictionary<ushort, long>? _errors;

    public Namespace Namespace { get; } = one;

    public void Record(CommandClass commandClass, int bytes, long ticks, ushort status)
    {
        var at = Padding + ((int)commandClass * Stride);
        _values[at] += bytes;
        _values[at + 1] += ticks;
        _values[at + 2 + LatencyBuckets.Of(ticks)]++;
        if (status != NvmeStatus.Success)
        {
            RecordError(status);
        }
    }

    public void AddTo(CommandTotals totals)
    {
        for (var commandClass = 0; commandClass < Classes; commandClass++)
        {
            var from = _values.AsSpan(Padding + (commandClass * Stride), Stride);
            totals.Add((CommandClass)commandClass, from[0], from[1], from[2..]);
        }

        lock (_errorsGate)
        {
            foreach (var (status, count) in _errors ?? [])
            {
                totals.AddError(status, count);
            }
        }
    }

    private void RecordError(ushort status)
    {
        lock (_errorsGate)
        {
            _errors ??= [];
            var code = (ushort)(status & NvmeStatus.TypeAndCode);
            _errors[code] = _errors.GetValueOrDefault(code) + 1;
        }
    }
}
