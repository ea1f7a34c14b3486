namespace Migrate.Planner.Waves;

/// <summary>Time in slots from the request's start on.</summary>
internal sealed class SlotClock
{
    // Enough for a quarter of a year in quarters of an hour.
    private const int MostSlots = 9000;
    private static readonly int[] Lengths = [5, 10, 15, 30, 60, 120, 240];

    public SlotClock(DateTime start, int days)
    {
        Minutes = Lengths.FirstOrDefault(x => days * 1440L / x <= MostSlots, Lengths[^1]);
        // Whole slots of the day, so that they begin with windows.
        Start = start.AddTicks(-(start.TimeOfDay.Ticks % TimeSpan.FromMinutes(Minutes).Ticks));
        Count = (int)(days * 1440L / Minutes);
        First = Start < start ? 1 : 0;
    }

    public DateTime Start { get; }

    public int Minutes { get; }

    public int Count { get; }

    /// <summary>The first slot that is not over in part when the request starts.</summary>
    public int First { get; }

    public DateTime TimeOf(int slot) => Start.AddMinutes((double)slot * Minutes);

    /// <summary>The first slot that begins at that time or later.</summary>
    public int AtOrAfter(DateTime time) => (int)Math.Clamp(Math.Ceiling((time - Start).TotalMinutes / Minutes), 0, Count);

    /// <summary>The slot in which that time lies.</summary>
    public int Of(DateTime time) => (int)Math.Clamp(Math.Floor((time - Start).TotalMinutes / Minutes), 0, Count);

    /// <summary>Whole slots that so many seconds take; 1 at least.</summary>
    public int Slots(double seconds) => (int)Math.Min(Math.Max(1, Math.Ceiling(seconds / (60.0 * Minutes))), int.MaxValue / 2);
}
