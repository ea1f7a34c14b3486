namespace Migrate.Planner.Waves;

/// <summary>
/// Which host each VM goes to. The largest VMs are placed first, each on the host that is least full with it, where one NUMA node holds it if any does
/// (decreasing order and balanced fit of vector bin packing: R. Panigrahy et al., "Heuristics for vector bin packing", 2011).
/// </summary>
internal sealed class Placement
{
    private readonly WaveRequest _request;
    private readonly Room[] _rooms;
    private readonly Dictionary<string, List<int>> _apart = [];
    private readonly List<HashSet<string>> _taken = [];

    private Placement(WaveRequest request)
    {
        _request = request;
        _rooms = [.. request.Hosts.Select(x => new Room(x))];
        for (var rule = 0; rule < request.Apart.Count; rule++)
        {
            _taken.Add([]);
            foreach (var vm in request.Apart[rule])
            {
                if (!_apart.TryGetValue(vm, out var rules))
                {
                    _apart[vm] = rules = [];
                }

                rules.Add(rule);
            }
        }
    }

    /// <summary>Names of hosts by VM key. What has no room is told as problems.</summary>
    public static IReadOnlyDictionary<string, string> Of(WaveRequest request, List<string> problems)
    {
        var placement = new Placement(request);
        var pins = request.Pins.ToDictionary(x => x.VmKey, x => x.Host);
        Dictionary<string, string> hosts = [];
        foreach (var vm in request.Vms.OrderByDescending(x => pins.ContainsKey(x.Key)).ThenByDescending(placement.Size).ThenBy(x => x.Key, StringComparer.Ordinal))
        {
            var room = pins.TryGetValue(vm.Key, out var pinned) ? placement._rooms.FirstOrDefault(x => x.Host.Name == pinned) : placement.Best(vm);
            if (room is null)
            {
                problems.Add(placement.NoRoom(vm, pinned));
                continue;
            }

            placement.Take(vm, room);
            hosts[vm.Key] = room.Host.Name;
        }

        return hosts;
    }

    /// <summary>The largest part of an average host that it takes of anything.</summary>
    private double Size(WaveVm vm) => Math.Max(
        Part(vm.Cpus, _request.Hosts.Sum(x => (double)x.Cpus)),
        Math.Max(Part(vm.MemoryBytes, _request.Hosts.Sum(x => (double)x.MemoryBytes)), Part(vm.StorageBytes, _request.Hosts.Sum(x => (double)(x.StorageBytes ?? 0)))));

    private static double Part(double of, double all) => all > 0 ? of / all : 0;

    private Room? Best(WaveVm vm)
    {
        Room? best = null;
        var bestKey = (IsSplit: true, Fullness: double.MaxValue);
        foreach (var room in _rooms)
        {
            if (!room.Holds(vm) || IsApart(vm, room.Host.Name))
            {
                continue;
            }

            var key = (IsSplit: room.Splits(vm), Fullness: room.FullnessWith(vm));
            if (best is null || key.CompareTo(bestKey) < 0)
            {
                (best, bestKey) = (room, key);
            }
        }

        return best;
    }

    private bool IsApart(WaveVm vm, string host) => _apart.TryGetValue(vm.Key, out var rules) && rules.Any(x => _taken[x].Contains(host));

    private void Take(WaveVm vm, Room room)
    {
        room.Take(vm);
        foreach (var rule in _apart.GetValueOrDefault(vm.Key) ?? [])
        {
            _taken[rule].Add(room.Host.Name);
        }
    }

    private string NoRoom(WaveVm vm, string? pinned)
    {
        if (pinned is not null)
        {
            return $"{vm.Name} goes to {pinned}, which is none of the hosts";
        }

        var wants = $"{vm.Cpus} vCPUs, {Words.Bytes(vm.MemoryBytes)} of memory and {Words.Bytes(vm.StorageBytes)} of storage";
        var left = string.Join("; ", _rooms.Take(5).Select(x => x.Left(IsApart(vm, x.Host.Name))));
        return $"{vm.Name} wants {wants}, and no host has that left ({left}{(_rooms.Length > 5 ? "; …" : "")})";
    }

    private sealed class Room(DestinationHost host)
    {
        private int _cpus = host.Cpus;
        private long _memory = host.MemoryBytes;
        private long? _storage = host.StorageBytes;

        public DestinationHost Host => host;

        public bool Holds(WaveVm vm) => vm.Cpus <= _cpus && vm.MemoryBytes <= _memory && (_storage is null || vm.StorageBytes <= _storage);

        public bool Splits(WaveVm vm) => host.Nodes.Count > 0 && !host.Nodes.Any(x => vm.Cpus <= x.Cpus && vm.MemoryBytes <= x.MemoryBytes);

        public double FullnessWith(WaveVm vm) => Math.Max(
            1 - Part(_cpus - vm.Cpus, host.Cpus), Math.Max(1 - Part(_memory - vm.MemoryBytes, host.MemoryBytes), _storage is { } left ? 1 - Part(left - vm.StorageBytes, host.StorageBytes!.Value) : 0));

        public void Take(WaveVm vm)
        {
            (_cpus, _memory) = (_cpus - vm.Cpus, _memory - vm.MemoryBytes);
            _storage -= vm.StorageBytes;
        }

        public string Left(bool isApart) => $"{host.Name}: {_cpus} vCPUs, {Words.Bytes(_memory)}, {(_storage is { } left ? Words.Bytes(left) : "storage not counted")}{(isApart ? ", but has a VM that must be apart" : "")}";
    }
}
