namespace Migrate.Target.Statistics;

/// <summary>What statistics tell apart: commands of one class cost alike and serve the same purpose.</summary>
public enum CommandClass
{
    /// <summary>Read.</summary>
    Read,

    /// <summary>Write, fused or not; also Copy.</summary>
    Write,

    /// <summary>Flush.</summary>
    Flush,

    /// <summary>Write Zeroes and Dataset Management.</summary>
    Deallocate,

    /// <summary>Everything else: Compare, Verify, reservations, and what the target does not know.</summary>
    Other,
}
