using System.Text.Json;
using System.Text.Json.Serialization;
using Migrate.Target.Admin;
using Migrate.Target.Namespaces;

namespace Migrate.Target.Records;

/// <summary>Where the records are kept: read whole, replaced whole.</summary>
internal static class TargetRecordsFile
{
    public const string Name = "namespaces.json";

    public static TargetRecords Load(string directory, string defaultNqn)
    {
        var path = Path.Combine(directory, Name);
        if (!File.Exists(path))
        {
            return TargetRecords.New(defaultNqn);
        }

        try
        {
            var text = File.ReadAllText(path);
            var records = JsonSerializer.Deserialize(text, RecordsJson.Default.FileVersion)?.Version == 1
                ? JsonSerializer.Deserialize(text, RecordsJson.Default.FirstVersion)?.Convert(defaultNqn)
                : JsonSerializer.Deserialize(text, RecordsJson.Default.TargetRecords);
            var problems = TargetRecordsCheck.Problems(records);
            if (problems.Count > 0)
            {
                throw new JsonException(string.Join("; ", problems));
            }

            // The options name the default subsystem anew at each start.
            records = records! with { Subsystems = [records.Default with { Nqn = defaultNqn }, .. records.Subsystems.Skip(1)] };
            return records.Subsystems.Skip(1).Any(s => s.Nqn == defaultNqn)
                ? throw new JsonException($"it has another subsystem with the default one's name, {defaultNqn}")
                : records;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new TargetException("target.records-damaged", $"{path} cannot be read: {e.Message}",
                "Put the last good copy of the file back; the data is in the .raw files beside it.", e);
        }
    }

    /// <summary>Replaces the file as a whole: after a crash it is either the old or the new one.</summary>
    public static void Save(TargetRecords records, string directory)
    {
        var path = Path.Combine(directory, Name);
        var next = path + ".new";
        using (var file = new FileStream(next, FileMode.Create, FileAccess.Write))
        {
            JsonSerializer.Serialize(file, records, RecordsJson.Default.TargetRecords);
            file.Flush(flushToDisk: true);
        }

        File.Move(next, path, overwrite: true);
        Posix.SyncDirectory(directory);
    }

    internal sealed record FileVersion(int Version);

    /// <summary>The file before there were several subsystems.</summary>
    internal sealed record FirstVersion(uint NextNsid, string SerialNumber, IReadOnlyList<NamespaceRecord> Namespaces)
    {
        public TargetRecords Convert(string defaultNqn) => new(
            TargetRecords.CurrentVersion, [new SubsystemRecord(defaultNqn, SerialNumber, true, [], null, NextNsid, [], Namespaces)], []);
    }
}

[JsonSourceGenerationOptions(
    WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(TargetRecords))]
[JsonSerializable(typeof(TargetRecordsFile.FileVersion))]
[JsonSerializable(typeof(TargetRecordsFile.FirstVersion))]
internal sealed partial class RecordsJson : JsonSerializerContext;
