using System.Globalization;

namespace Migrate.Planner.VSphere.ChangeTracking;

/// <summary>
/// A point in a disk's history, "uuid/sequence". The uuid part (here: epoch) changes whenever tracking starts anew; ids of two epochs have
/// nothing to do with each other.
/// </summary>
public readonly record struct ChangeId(string Epoch, long Sequence)
{
    /// <summary>Asks for every area that is in use instead of what changed.</summary>
    public const string AllUsed = "*";

    public static bool TryParse(string? text, out ChangeId id)
    {
        id = default;
        var slash = text?.LastIndexOf('/') ?? -1;
        if (slash <= 0 || !long.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence))
        {
            return false;
        }

        id = new ChangeId(text![..slash], sequence);
        return true;
    }

    /// <summary>
    /// Why changes between <paramref name="before"/> and <paramref name="now"/> cannot be asked for; null when they can. A reset changes the
    /// epoch, going back to an old snapshot lets the sequence run backwards.
    /// </summary>
    public static string? WhyUnrelated(string before, string now)
    {
        if (!TryParse(before, out var from) || !TryParse(now, out var to))
        {
            return $"a change id that is not understood ('{before}', then '{now}')";
        }

        return !string.Equals(from.Epoch, to.Epoch, StringComparison.OrdinalIgnoreCase) ? "change tracking was reset since the last pass"
            : to.Sequence < from.Sequence ? "the disk went back to an earlier state since the last pass"
            : null;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Epoch}/{Sequence}");
}
