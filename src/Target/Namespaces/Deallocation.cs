namespace Migrate.Target.Namespaces;

/// <summary>What a backing does with blocks that a host deallocates.</summary>
internal enum Deallocation
{
    /// <summary>Nothing: they keep their content.</summary>
    None,

    /// <summary>It lets go of them, and they read as zeroes.</summary>
    PunchHole,

    /// <summary>It lets go of them, and what they read as is the device's affair.</summary>
    Discard,
}
