using Migrate.Executor.Copy.Throttle;
using Migrate.Planner.Plans;
using Migrate.Planner.Waves;

namespace Migrate.Executor.Waves;

/// <summary>What copies share, by the names under which operators limit it, and what it bears: by the limits that are set, those of the rules first.</summary>
internal sealed class WaveCapacities(
    IReadOnlyDictionary<ThrottleKey, ThrottleProfile> set, IReadOnlyDictionary<ThrottleKey, ThrottleProfile> rules, DateTime start, TimeZoneInfo zone)
{
    /// <summary>Of an ESXi host or vCenter whose limit nobody knows: what its network copies were seen to reach at most (docs/waves.md).</summary>
    public const long UsualHost = 300L << 20;

    /// <summary>Of a way to the target that nobody limits: 10 Gbit/s.</summary>
    public const long UsualLink = 1_250_000_000;

    private const int HoursOfTheWeek = 168;
    private readonly Dictionary<ThrottleKey, CopyCapacity?> _used = [];
    private readonly SortedDictionary<string, int> _assumed = new(StringComparer.Ordinal);

    public IReadOnlyList<CopyCapacity> Used => [.. _used.Values.OfType<CopyCapacity>()];

    public IEnumerable<string> Assumptions => _assumed.Select(x => $"{x.Value} {x.Key}");

    public IReadOnlyList<CapacityUse> UsesOf(IEnumerable<string> servers, IReadOnlyList<PlannedDisk> disks, IReadOnlyDictionary<string, string> datastores, string target)
    {
        List<CapacityUse> uses = [];
        foreach (var server in servers)
        {
            Use(new ThrottleKey(ThrottleScope.SourceHost, server), 1);
        }

        var all = (double)Math.Max(1, disks.Sum(x => x.CapacityBytes));
        foreach (var datastore in disks.Where(x => x.DatastoreKey is not null).GroupBy(x => datastores.GetValueOrDefault(x.DatastoreKey!, x.DatastoreKey!)))
        {
            Use(new ThrottleKey(ThrottleScope.Datastore, datastore.Key), datastore.Sum(x => x.CapacityBytes) / all);
        }

        Use(new ThrottleKey(ThrottleScope.Link, target), 1);
        return uses;

        void Use(ThrottleKey key, double share)
        {
            if (Of(key) is { } capacity)
            {
                uses.Add(new CapacityUse(capacity.Key, share));
            }
        }
    }

    private CopyCapacity? Of(ThrottleKey key)
    {
        if (!_used.TryGetValue(key, out var capacity))
        {
            _used[key] = capacity = Make(key);
        }

        return capacity;
    }

    private CopyCapacity? Make(ThrottleKey key)
    {
        var profile = Find(rules, key) ?? Find(set, key);
        var hours = Enumerable.Range(0, HoursOfTheWeek).Select(x => profile?.At(Local(x)).BytesPerSecond).ToList();
        var usual = key.Scope switch { ThrottleScope.SourceHost => UsualHost, ThrottleScope.Link => UsualLink, _ => (long?)null };

        if (hours.TrueForAll(x => x is null))
        {
            if (usual is not { } assumed)
            {
                return null; // A datastore bears what its hosts read of it.
            }

            var what = key.Scope == ThrottleScope.Link ? "links to the target are taken to bear 10 Gbit/s, since no limit says otherwise." : "source hosts are taken to give 300 MiB/s, since no limit says otherwise.";
            _assumed[what] = _assumed.GetValueOrDefault(what) + 1;
            return new CopyCapacity(ThrottleText.Of(key), Words(key), assumed);
        }

        var most = hours.Max(x => x ?? usual ?? UsualLink);
        return new CopyCapacity(ThrottleText.Of(key), Words(key), most, hours.Distinct().Count() == 1 ? null : [.. hours.Select(x => (double)(x ?? most) / most)]);
    }

    private static ThrottleProfile? Find(IReadOnlyDictionary<ThrottleKey, ThrottleProfile> limits, ThrottleKey key) =>
        limits.GetValueOrDefault(key) ?? limits.GetValueOrDefault(key with { Name = ThrottleKey.Each });

    /// <summary>An hour of the week in which the waves begin, by this machine's clock, as limits are written. Where the clock changes later, its hours do not follow.</summary>
    private DateTimeOffset Local(int hour)
    {
        var monday = start.Date.AddDays(-(((int)start.DayOfWeek + 6) % 7));
        return TimeZoneInfo.ConvertTime(new DateTimeOffset(DateTime.SpecifyKind(monday.AddHours(hour), DateTimeKind.Utc)), zone);
    }

    private static string Words(ThrottleKey key) => key.Scope switch
    {
        ThrottleScope.SourceHost => $"host {key.Name}",
        ThrottleScope.Datastore => $"datastore {key.Name}",
        _ => $"link to {key.Name}",
    };
}
