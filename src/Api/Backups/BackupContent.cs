namespace Migrate.Api.Backups;

/// <summary>The first entry of a backup: what it is, and what has to be in it.</summary>
/// <param name="Format">Always <c>migrate-backup</c>.</param>
/// <param name="Version">Of this format.</param>
/// <param name="Program">Version of the program that made it.</param>
/// <param name="CreatedAt">UTC.</param>
/// <param name="Database"><c>sqlite</c> or <c>postgresql</c>.</param>
/// <param name="Migrations">Of its schema, in order.</param>
/// <param name="Files">Everything else in it.</param>
internal sealed record BackupContent(
    string Format, int Version, string Program, DateTime CreatedAt, string Database, IReadOnlyList<string> Migrations, IReadOnlyList<BackupFile> Files)
{
    public const string EntryName = "backup.json";
    public const string FormatName = "migrate-backup";
    public const int NewestVersion = 1;
    public const string SqliteName = "migrate.db";
    public const string DumpName = "database.dump";

    /// <summary>Files of the data directory that are kept as they are.</summary>
    public static readonly string[] Secrets = ["admin.token", "target.token", "installation.key", "installation.pub"];

    /// <summary>Its folders that are kept whole.</summary>
    public static readonly string[] Folders = ["keys", "manifests"];
}

internal sealed record BackupFile(string Name, long Bytes, string Sha256);
