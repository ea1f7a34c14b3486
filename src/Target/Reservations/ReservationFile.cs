using System.Text.Json;
using System.Text.Json.Serialization;
using Migrate.Target.Admin;
using Migrate.Target.Namespaces;

namespace Migrate.Target.Reservations;

/// <summary>
/// <c>reservations.json</c>: the registrations and reservations that are to outlast the target's process. A file of its own,
/// because hosts change it at any time, also while the target's records are being changed.
/// </summary>
internal sealed class ReservationFile
{
    public const string Name = "reservations.json";

    private readonly string _directory;
    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, ReservationRecord> _records;

    /// <exception cref="TargetException"><c>target.reservations-damaged</c>: a host that is kept out now would get in.</exception>
    public ReservationFile(string directory)
    {
        _directory = directory;
        var path = Path.Combine(directory, Name);
        try
        {
            var content = File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllText(path), ReservationJson.Default.FileContent) : new FileContent(1, []);
            if (content is not { Version: 1, Namespaces: not null } || content.Namespaces.Any(r => !IsRight(r)))
            {
                throw new JsonException("it has another version, or an entry that makes no sense");
            }

            _records = content.Namespaces.ToDictionary(r => r.Uuid);
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new TargetException("target.reservations-damaged", $"{path} cannot be read: {e.Message}",
                "Put the last good copy of the file back, or delete it; hosts then have to register and reserve again.", e);
        }
    }

    public ReservationState Find(Guid uuid)
    {
        lock (_gate)
        {
            return _records.GetValueOrDefault(uuid)?.State ?? ReservationState.Empty;
        }
    }

    /// <summary>Returns when it is on stable media, if there is anything to be kept or forgotten.</summary>
    /// <exception cref="IOException">It could not be written, and is as before.</exception>
    public void Save(Guid uuid, ReservationState state)
    {
        lock (_gate)
        {
            var before = _records.GetValueOrDefault(uuid);
            var after = state.Persists ? ReservationRecord.Of(uuid, state) : null;
            if (before is null && after is null)
            {
                return;
            }

            Write(_records.Values.Where(r => r.Uuid != uuid).Concat(after is null ? [] : [after]));
            _records.Remove(uuid);
            if (after is not null)
            {
                _records.Add(uuid, after);
            }
        }
    }

    private void Write(IEnumerable<ReservationRecord> records)
    {
        var path = Path.Combine(_directory, Name);
        using (var file = new FileStream(path + ".new", FileMode.Create, FileAccess.Write))
        {
            JsonSerializer.Serialize(file, new FileContent(1, [.. records]), ReservationJson.Default.FileContent);
            file.Flush(flushToDisk: true);
        }

        File.Move(path + ".new", path, overwrite: true);
        Posix.SyncDirectory(_directory);
    }

    private static bool IsRight(ReservationRecord? record) =>
        record is { Registrants: not null } && record.Registrants.All(r => r is { Key: not 0 }) && Enum.IsDefined(record.Type)
        && record.Registrants.Select(r => r.HostId).Distinct().Count() == record.Registrants.Count
        && (!record.State.IsHeld || (record.State.IsHeldByAll ? record.Registrants.Count > 0 : record.Registrants.Any(r => r.HostId == record.Holder)));

    internal sealed record FileContent(int Version, IReadOnlyList<ReservationRecord> Namespaces);

    internal sealed record ReservationRecord(Guid Uuid, uint Generation, ReservationType Type, Guid? Holder, IReadOnlyList<Registrant> Registrants)
    {
        [JsonIgnore]
        public ReservationState State => new(Generation, Type, Holder, true, [.. Registrants]);

        public static ReservationRecord Of(Guid uuid, ReservationState state) => new(uuid, state.Generation, state.Type, state.Holder, state.Registrants);
    }
}

[JsonSourceGenerationOptions(
    WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ReservationFile.FileContent))]
internal sealed partial class ReservationJson : JsonSerializerContext;
