namespace Migrate.Executor.Copy;

/// <summary>By what value a disk that was read back was compared with what the source sent, as its row and its manifest say it.</summary>
internal static class ReadBackKind
{
    /// <summary>Of every extent.</summary>
    public const string Sha256 = "SHA-256";

    /// <summary>Of what was read back beside the copy, so of most extents or all; of the others SHA-256.</summary>
    public const string XxHash = "XXH128";

    /// <summary>What may be said of a disk after a pass of it was read back.</summary>
    /// <param name="hasFoundSome">Some extents were found there while they were copied.</param>
    /// <param name="isWhole">All others were read now, by SHA-256; otherwise only those that were not read before.</param>
    /// <param name="before">What was said of the disk; null when nothing was.</param>
    public static string? After(bool hasFoundSome, bool isWhole, string? before) => hasFoundSome ? XxHash : isWhole ? Sha256 : before;
}
