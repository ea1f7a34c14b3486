using System.Globalization;
using Migrate.Simulator.Values;

namespace Migrate.Simulator.PropertyCollection;

/// <summary>The filters of one session and the version of what they have reported.</summary>
public sealed class UpdateFilters
{
    private readonly Lock _lock = new();
    private readonly List<PropertyFilter> _filters = [];
    private int _version;

    /// <summary>How often waiting was cancelled; a waiter that sees it move gives up.</summary>
    public int Cancels { get; private set; }

    public void Add(PropertyFilter filter)
    {
        lock (_lock)
        {
            _filters.Add(filter);
        }
    }

    public void Remove(PropertyFilter filter)
    {
        lock (_lock)
        {
            _filters.Remove(filter);
        }
    }

    public void CancelWaits()
    {
        lock (_lock)
        {
            Cancels++;
        }
    }

    /// <summary>An UpdateSet, or null when nothing changed since <paramref name="version"/>.</summary>
    public DataObject? Collect(string version, int maxObjects)
    {
        lock (_lock)
        {
            if (version.Length == 0)
            {
                _filters.ForEach(f => f.Restart());
            }

            var left = maxObjects > 0 ? maxObjects : int.MaxValue;
            var sets = new List<DataObject>();
            var truncated = false;
            foreach (var filter in _filters)
            {
                var updates = left > 0 ? filter.Collect(left) : [];
                truncated |= left <= 0 || filter.HasMore;
                left -= updates.Count;
                if (updates.Count > 0)
                {
                    sets.Add(DataObject.Of("PropertyFilterUpdate", ("filter", filter.Ref), ("objectSet", updates)));
                }
            }

            if (sets.Count == 0)
            {
                return null;
            }

            var text = (++_version).ToString(CultureInfo.InvariantCulture);
            return DataObject.Of("UpdateSet", ("version", text), ("filterSet", sets), ("truncated", truncated));
        }
    }
}
