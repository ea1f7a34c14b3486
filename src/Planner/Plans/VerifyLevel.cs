namespace Migrate.Planner.Plans;

/// <summary>How thoroughly a finished copy is proven.</summary>
public enum VerifyLevel
{
    /// <summary>Every extent of the destination is read back and is what the source sent.</summary>
    ReadBack,

    /// <summary>The source is read again as well: both sides have what was copied. Needs a source that stands still.</summary>
    Source,

    /// <summary>
    /// A random sample of the extents with data and one of the zero ones is read back: finds one wrong in a hundred, not one in a million. Such a
    /// disk gets no manifest, and the verdict on its data stays open.
    /// </summary>
    Sample,
}
