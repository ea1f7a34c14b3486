using System.Text.Json;
using System.Text.Json.Nodes;
using Migrate.Executor.Destinations;
using Migrate.Planner;

namespace Migrate.Executor.Tests.Validation.Observation;

/// <summary>A host whose domains' QEMUs answer QMP as QEMU 7.2 does, and do the I/O that a test tells them to.</summary>
internal sealed class FakeHost : IDomainMonitor
{
    private readonly Dictionary<string, FakeQemu> _domains = [];
    private int _commands;

    /// <summary>While it is set, libvirt cannot be reached.</summary>
    public bool IsAway { get; set; }

    /// <summary>QMP commands so far.</summary>
    public int Commands => _commands;

    public FakeQemu Add(string name, params string[] qdevs) => _domains[name] = new FakeQemu(qdevs);

    public Task<DomainState?> FindStateAsync(string name, CancellationToken cancellationToken)
    {
        MustBeThere();
        return Task.FromResult(_domains.TryGetValue(name, out var qemu) ? qemu.State : (DomainState?)null);
    }

    public Task<JsonElement> MonitorCommandAsync(string name, string json, CancellationToken cancellationToken)
    {
        MustBeThere();
        Interlocked.Increment(ref _commands);
        using var command = JsonDocument.Parse(json);
        using var answer = JsonDocument.Parse(_domains[name].Answer(command.RootElement));
        return Task.FromResult(answer.RootElement.Clone());
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void MustBeThere()
    {
        if (IsAway)
        {
            throw new MigrateException("libvirt.connection-lost", "The connection is lost.", "Wait.") { IsTransient = true };
        }
    }
}

internal sealed class FakeQemu(IReadOnlyList<string> qdevs)
{
    private static readonly string[] Kinds = ["rd", "wr", "flush"];
    private Dictionary<string, FakeDevice> _devices = qdevs.ToDictionary(x => x, _ => new FakeDevice());

    public DomainState State { get; set; } = DomainState.Running;

    public List<(string Type, string Status)> Jobs { get; } = [];

    public string? Migration { get; set; }

    public FakeDevice Device(string qdev) => _devices[qdev];

    /// <summary>The first one.</summary>
    public FakeDevice Disk => _devices[qdevs[0]];

    public void Remove(string qdev) => _devices.Remove(qdev);

    /// <summary>Another process, whose counters begin at 0.</summary>
    public void Restart() => _devices = qdevs.ToDictionary(x => x, _ => new FakeDevice());

    public string Answer(JsonElement command)
    {
        if (State is not (DomainState.Running or DomainState.Paused))
        {
            throw new MigrateException("libvirt.failed", "The domain is not running.", "Start it.");
        }

        return command.GetProperty("execute").GetString() switch
        {
            "query-blockstats" => new JsonArray([.. _devices.Select(x => x.Value.Stats(x.Key)), new JsonObject { ["device"] = "", ["stats"] = new JsonObject() }]).ToJsonString(),
            "query-jobs" => new JsonArray([.. Jobs.Select(x => new JsonObject { ["id"] = "job0", ["type"] = x.Type, ["status"] = x.Status })]).ToJsonString(),
            "query-migrate" => (Migration is null ? [] : new JsonObject { ["status"] = Migration }).ToJsonString(),
            "query-block" => new JsonArray([.. _devices.Select(x => x.Value.Block(x.Key))]).ToJsonString(),
            "block-latency-histogram-set" => Set(command.GetProperty("arguments")),
            var unknown => throw new MigrateException("libvirt.monitor", $"The command {unknown} has not been found", ""),
        };
    }

    private string Set(JsonElement arguments)
    {
        var boundaries = arguments.GetProperty("boundaries").EnumerateArray().Select(x => x.GetInt64()).ToArray();
        _devices[arguments.GetProperty("id").GetString()!].Set(boundaries);
        return "{}";
    }

    internal sealed class FakeDevice
    {
        private readonly Dictionary<string, long> _counters = [];
        private readonly Dictionary<string, long[]> _bins = [];
        private long[]? _boundaries;

        public string Node { get; set; } = "libvirt-1-format";

        public JsonObject Throttle { get; } = [];

        public void Set(long[] boundaries)
        {
            _boundaries = boundaries;
            foreach (var kind in Kinds)
            {
                _bins[kind] = new long[boundaries.Length + 1];
            }
        }

        public void Read(int operations, long us) => Do("rd", operations, us, 4096);

        public void Write(int operations, long us) => Do("wr", operations, us, 8192);

        public void Flush(int operations, long us) => Do("flush", operations, us, 0);

        public void Trim(int operations, long bytes)
        {
            Add("unmap_operations", operations);
            Add("unmap_bytes", bytes);
        }

        public void Fail(int operations) => Add("failed_rd_operations", operations);

        public JsonObject Stats(string qdev)
        {
            var stats = new JsonObject();
            foreach (var name in Kinds.SelectMany(x => new[] { $"{x}_operations", $"{x}_bytes", $"{x}_total_time_ns", $"failed_{x}_operations" }).Concat(["unmap_operations", "unmap_bytes", "failed_unmap_operations"]))
            {
                stats[name] = _counters.GetValueOrDefault(name);
            }

            foreach (var kind in _boundaries is null ? [] : Kinds)
            {
                stats[kind + "_latency_histogram"] = new JsonObject { ["bins"] = new JsonArray([.. _bins[kind].Select(x => (JsonNode)x)]), ["boundaries"] = new JsonArray([.. _boundaries!.Select(x => (JsonNode)x)]) };
            }

            return new JsonObject { ["device"] = "", ["qdev"] = qdev, ["node-name"] = Node, ["stats"] = stats };
        }

        public JsonObject Block(string qdev) => new() { ["qdev"] = qdev, ["inserted"] = Throttle.DeepClone() };

        private void Do(string kind, int operations, long us, long bytes)
        {
            Add(kind + "_operations", operations);
            Add(kind + "_bytes", operations * bytes);
            Add(kind + "_total_time_ns", operations * us * 1000);
            if (_boundaries is not null)
            {
                // [from, to), as QEMU has it.
                _bins[kind][_boundaries.Count(x => us * 1000 >= x)] += operations;
            }
        }

        private void Add(string name, long amount) => _counters[name] = _counters.GetValueOrDefault(name) + amount;
    }
}
