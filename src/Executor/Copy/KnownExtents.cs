namespace Migrate.Executor.Copy;

/// <summary>What it means that the source gives an extent whose hash the journal has already.</summary>
internal enum KnownExtents
{
    /// <summary>The source stands still: another content is a fault.</summary>
    MustMatch,

    /// <summary>The source goes on between passes: another content replaces the old one, which is struck out first.</summary>
    Replace,
}
