using System.Text.Json;
using Migrate.Executor.Copy;
using Migrate.Executor.Manifests;

namespace Migrate.Executor.Conversion;

/// <summary>Which extents of a disk a conversion has written to: runs of them, ascending, as pairs of first and count.</summary>
public sealed record ChangedExtents(IReadOnlyList<long[]> Runs)
{
    /// <summary>Of what <c>qemu-img map --output=json</c> says of an overlay: what lies at depth 0 is its own.</summary>
    public static (ChangedExtents Extents, long Bytes) OfMap(string json)
    {
        List<long[]> runs = [];
        var bytes = 0L;
        using var map = JsonDocument.Parse(json);
        foreach (var area in map.RootElement.EnumerateArray())
        {
            // An area that nobody has written to is at the depth of the backing, or said not to be there at all.
            if (area.GetProperty("depth").GetInt32() != 0 || (area.TryGetProperty("present", out var present) && !present.GetBoolean()))
            {
                continue;
            }

            var (start, length) = (area.GetProperty("start").GetInt64(), area.GetProperty("length").GetInt64());
            var (first, last) = (start / Extent.Size, (start + length - 1) / Extent.Size);
            bytes += length;
            if (runs.Count > 0 && runs[^1][0] + runs[^1][1] >= first)
            {
                runs[^1][1] = last + 1 - runs[^1][0];
            }
            else
            {
                runs.Add([first, last + 1 - first]);
            }
        }

        return (new ChangedExtents(runs), bytes);
    }

    public bool Contains(long extent)
    {
        var (low, high) = (0, Runs.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (extent < Runs[middle][0])
            {
                high = middle - 1;
            }
            else if (extent >= Runs[middle][0] + Runs[middle][1])
            {
                low = middle + 1;
            }
            else
            {
                return true;
            }
        }

        return false;
    }

    public void WriteTo(string path) => Durable.Write(path, JsonSerializer.SerializeToUtf8Bytes(this, ConversionJson.Default.ChangedExtents));

    public static ChangedExtents ReadFrom(string path) => JsonSerializer.Deserialize(File.ReadAllBytes(path), ConversionJson.Default.ChangedExtents)!;
}
