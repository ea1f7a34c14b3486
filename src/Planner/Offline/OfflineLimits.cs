namespace Migrate.Planner.Offline;

/// <summary>How much is read of files that anybody may have made. What is beyond becomes a named problem, never memory.</summary>
internal sealed record OfflineLimits
{
    public static readonly OfflineLimits Default = new();

    /// <summary>Bytes of one description (XML, .vmx, .vmsd, VMDK descriptor). The largest of a real vCenter are a few megabytes.</summary>
    public long FileBytes { get; init; } = 64L << 20;

    /// <summary>Bytes of a .vmx or .vmsd file. Real ones have a few thousand.</summary>
    public long TextBytes { get; init; } = 4L << 20;

    /// <summary>Files of one source.</summary>
    public int Files { get; init; } = 200_000;

    /// <summary>Bytes that an archive may unpack to, over all members: against archives that are small and unpack to anything.</summary>
    public long UnpackedBytes { get; init; } = 4L << 30;

    /// <summary>Nesting of XML elements. Snapshot trees and chains of disks stay far below; deeper nesting would overrun the stack.</summary>
    public int XmlDepth { get; init; } = 200;

    /// <summary>Lines of problems that are kept; a last line counts the rest.</summary>
    public int Problems { get; init; } = 1000;
}
