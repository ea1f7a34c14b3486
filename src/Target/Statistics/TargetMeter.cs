using System.Diagnostics.Metrics;
using System.Globalization;
using Migrate.Target.Admin;

namespace Migrate.Target.Statistics;

/// <summary>
/// The statistics as instruments of the meter <c>Migrate.Target</c>, for whatever exporter the process has. All of them observe:
/// nothing is computed while nobody listens.
/// </summary>
internal sealed class TargetMeter : IDisposable
{
    public const string Name = "Migrate.Target";

    private static readonly double[] Quantiles = [0.5, 0.99, 0.999];

    private readonly Meter _meter = new(Name);
    private readonly NvmeTarget _target;

    public TargetMeter(NvmeTarget target)
    {
        _target = target;
        _meter.CreateObservableCounter("migrate.target.namespace.commands", () => PerNamespace((t, c) => t.Commands(c)), "{command}", "Commands answered");
        _meter.CreateObservableCounter("migrate.target.namespace.io", () => PerNamespace((t, c) => t.Bytes(c)), "By", "Bytes moved or deallocated");
        _meter.CreateObservableCounter("migrate.target.namespace.errors", NamespaceErrors, "{command}", "Commands answered with an error");
        _meter.CreateObservableGauge("migrate.target.namespace.latency", Latencies, "s", "Latency since the start of the target, by quantile");
        _meter.CreateObservableCounter("migrate.target.host.commands", () => PerHost((t, c) => t.Commands(c)), "{command}", "Commands answered");
        _meter.CreateObservableCounter("migrate.target.host.io", () => PerHost((t, c) => t.Bytes(c)), "By", "Bytes moved or deallocated");
        _meter.CreateObservableUpDownCounter("migrate.target.host.connections", Connections, "{connection}", "TCP connections");
    }

    public void Dispose() => _meter.Dispose();

    private IEnumerable<Measurement<long>> PerNamespace(Func<CommandTotals, CommandClass, long> value) =>
        from one in _target.ReadStatistics().Namespaces
        from commandClass in Enum.GetValues<CommandClass>()
        where one.Value.Commands(commandClass) > 0
        select new Measurement<long>(value(one.Value, commandClass), Tag("namespace", one.Key), Tag("command", Word(commandClass)));

    private IEnumerable<Measurement<long>> PerHost(Func<CommandTotals, CommandClass, long> value) =>
        from host in _target.ReadStatistics().Hosts
        from commandClass in Enum.GetValues<CommandClass>()
        where host.Value.Commands(commandClass) > 0
        select new Measurement<long>(value(host.Value, commandClass), Tag("host", host.Key), Tag("command", Word(commandClass)));

    private IEnumerable<Measurement<long>> NamespaceErrors() =>
        from one in _target.ReadStatistics().Namespaces
        from error in one.Value.Errors
        select new Measurement<long>(error.Value, Tag("namespace", one.Key), Tag("status", Code(error.Key)));

    private IEnumerable<Measurement<double>> Latencies() =>
        from one in _target.ReadStatistics().Namespaces
        from commandClass in Enum.GetValues<CommandClass>()
        from quantile in Quantiles
        let latency = one.Value.Percentile(commandClass, quantile)
        where latency is not null
        select new Measurement<double>(latency.Value.TotalSeconds, Tag("namespace", one.Key), Tag("command", Word(commandClass)), Tag("quantile", quantile));

    private IEnumerable<Measurement<int>> Connections() =>
        _target.ListHosts().Select(h => new Measurement<int>(h.Controllers.Sum(c => c.Connections.Count), Tag("host", h.Nqn)));

    public static string Word(CommandClass commandClass) => commandClass switch
    {
        CommandClass.Read => "read",
        CommandClass.Write => "write",
        CommandClass.Flush => "flush",
        CommandClass.Deallocate => "deallocate",
        _ => "other",
    };

    /// <summary>A status as Linux logs it.</summary>
    public static string Code(ushort status) => string.Create(CultureInfo.InvariantCulture, $"0x{status:x3}");

    private static KeyValuePair<string, object?> Tag(string name, object value) => new(name, value);
}
