using System.Text.Json;
using System.Text.Json.Serialization;
using Migrate.Target.Admin;

namespace Migrate.Target.Namespaces;

/// <summary>One namespace as <c>namespaces.json</c> keeps it.</summary>
internal sealed record NamespaceRecord(Guid Uuid, uint Nsid, long CapacityBytes, int BlockSize, bool Online, string? GrantedHostNqn);

/// <summary>The whole of <c>namespaces.json</c>. NextNsid only grows while it can, so that a host does not meet a new namespace under an old number.</summary>
internal sealed record NamespaceRecords(int Version, uint NextNsid, string SerialNumber, IReadOnlyList<NamespaceRecord> Namespaces)
{
    public const int CurrentVersion = 1;
    public const string FileName = "namespaces.json";

    public static NamespaceRecords Load(string directory)
    {
        var path = Path.Combine(directory, FileName);
        if (!File.Exists(path))
        {
            return new NamespaceRecords(CurrentVersion, 1, Guid.NewGuid().ToString("N")[..20], []);
        }

        try
        {
            var records = JsonSerializer.Deserialize(File.ReadAllText(path), NamespaceJson.Default.NamespaceRecords);
            return records is { Version: CurrentVersion, Namespaces: not null } ? records : throw new JsonException("unknown version");
        }
        catch (JsonException e)
        {
            throw new TargetException("target.records-damaged", $"{path} cannot be read: {e.Message}",
                "Put the last good copy of the file back; the data is in the .raw files beside it.", e);
        }
    }

    /// <summary>Replaces the file as a whole: after a crash it is either the old or the new one.</summary>
    public void Save(string directory)
    {
        var path = Path.Combine(directory, FileName);
        var next = path + ".new";
        using (var file = new FileStream(next, FileMode.Create, FileAccess.Write))
        {
            JsonSerializer.Serialize(file, this, NamespaceJson.Default.NamespaceRecords);
            file.Flush(flushToDisk: true);
        }

        File.Move(next, path, overwrite: true);
        Posix.SyncDirectory(directory);
    }
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(NamespaceRecords))]
internal sealed partial class NamespaceJson : JsonSerializerContext;
