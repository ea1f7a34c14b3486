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
            return Problem(records) is { } problem ? throw new JsonException(problem) : records!;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new TargetException("target.records-damaged", $"{path} cannot be read: {e.Message}",
                "Put the last good copy of the file back; the data is in the .raw files beside it.", e);
        }
    }

    // A file that somebody edited, or that half survived: nothing of it is used unless all of it makes sense.
    private static string? Problem(NamespaceRecords? records)
    {
        if (records is not { Version: CurrentVersion, Namespaces: not null, SerialNumber.Length: > 0 and <= 20 })
        {
            return "it has another version, no serial number or no list of namespaces";
        }

        foreach (var one in records.Namespaces)
        {
            var problem = one switch
            {
                null => "an entry is empty",
                { Uuid: var uuid } when uuid == Guid.Empty => "a UUID is missing",
                { Nsid: 0 or > NamespaceTable.MaxNsid } => $"namespace {one.Uuid} has NSID {one.Nsid}, not 1 to {NamespaceTable.MaxNsid}",
                { BlockSize: not (512 or 4096) } => $"namespace {one.Uuid} has a block size of {one.BlockSize}",
                _ when one.CapacityBytes <= 0 || one.CapacityBytes % one.BlockSize != 0 => $"namespace {one.Uuid} has a capacity of {one.CapacityBytes} bytes",
                _ when records.Namespaces.Count(o => o?.Nsid == one.Nsid || o?.Uuid == one.Uuid) > 1 => $"namespace {one.Uuid} or its NSID {one.Nsid} is there twice",
                _ => null,
            };
            if (problem is not null)
            {
                return problem;
            }
        }

        return null;
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
