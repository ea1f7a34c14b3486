using System.Text.Json;
using System.Text.Json.Serialization;
using Migrate.Target.Admin;
using Migrate.Target.Namespaces;
using Migrate.Target.Protocol;
using Migrate.Target.Tls;

namespace Migrate.Target.Authentication;

/// <summary>One host as <c>host-keys.json</c> keeps it.</summary>
internal sealed record HostKeyRecord(string HostNqn, string? HostKey, string? ControllerKey, string? TlsKey = null, bool TlsCompatible = false)
{
    public static HostKeyRecord Of(string hostNqn, HostKeys keys) => new(hostNqn, keys.Host?.Reveal(), keys.Controller?.Reveal(),
        keys.Tls?.Key.Reveal(), keys.Tls is { Derivation: TlsDerivation.Compatible });

    /// <exception cref="FormatException">A secret has another form, or there is none.</exception>
    public HostKeys Read()
    {
        var tls = TlsKey is null ? null : new HostTlsKey(Tls.TlsKey.Parse(TlsKey), TlsCompatible ? TlsDerivation.Compatible : TlsDerivation.Standard);
        var keys = new HostKeys(Secret(HostKey), Secret(ControllerKey), tls);
        return keys.IsEmpty ? throw new FormatException($"{HostNqn} has no secret") : keys;
    }

    private static DhChapSecret? Secret(string? text) => text is null ? null : DhChapSecret.Parse(text);
}

/// <summary>The whole of <c>host-keys.json</c>.</summary>
internal sealed record HostKeyRecords(int Version, IReadOnlyList<HostKeyRecord> Hosts);

/// <summary>
/// The secrets in the target's directory, in a file that only its owner may read. It is read again whenever it changes, so
/// that the command line can change it while the target runs. A file that cannot be read lets nobody in.
/// </summary>
internal sealed class HostKeyFile(string directory) : IHostKeys
{
    public const string FileName = "host-keys.json";
    private const int CurrentVersion = 1;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly Lock _gate = new();
    private readonly string _path = Path.Combine(directory, FileName);
    private Dictionary<string, HostKeys> _hosts = [];
    private (DateTime Written, long Length)? _seen;

    public IReadOnlyList<string> HostNqns
    {
        get
        {
            lock (_gate)
            {
                Refresh();
                return [.. _hosts.Keys.Order(StringComparer.Ordinal)];
            }
        }
    }

    public HostKeys? Find(string subsystemNqn, string hostNqn)
    {
        lock (_gate)
        {
            Refresh();
            return _hosts.GetValueOrDefault(hostNqn);
        }
    }

    public static void ThrowIfNoNqn(string hostNqn)
    {
        if (Nqn.Problem(hostNqn) is { } problem)
        {
            throw new TargetException("target.invalid-host-nqn", $"\"{hostNqn}\" is no NQN: {problem}.",
                "Use the host's own name: the line in its /etc/nvme/hostnqn.");
        }
    }

    /// <summary>Sets the in-band secrets; the key for TLS stays.</summary>
    public void Set(string hostNqn, DhChapSecret host, DhChapSecret? controller) =>
        Change(hosts => hosts[hostNqn] = new HostKeys(host, controller, hosts.GetValueOrDefault(hostNqn)?.Tls));

    /// <summary>Sets the key for TLS; in-band secrets stay.</summary>
    public void Set(string hostNqn, HostTlsKey tls) =>
        Change(hosts => hosts[hostNqn] = (hosts.GetValueOrDefault(hostNqn) ?? new HostKeys(null, null)) with { Tls = tls });

    public bool Remove(string hostNqn)
    {
        var wasThere = false;
        Change(hosts => wasThere = hosts.Remove(hostNqn));
        return wasThere;
    }

    private void Change(Action<Dictionary<string, HostKeys>> change)
    {
        lock (_gate)
        {
            using var turn = TakeTurn();
            Refresh();
            var hosts = new Dictionary<string, HostKeys>(_hosts);
            change(hosts);
            Save(hosts);
            _seen = null;
        }
    }

    // Another process (the command line beside the target) may be at it; it takes milliseconds.
    private FileStream TakeTurn()
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return new FileStream(_path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (attempt < 50 && e is not DirectoryNotFoundException)
            {
                Thread.Sleep(20);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new TargetException("target.host-keys-unwritable", $"{_path} cannot be changed: {e.Message}",
                    "Run this as the target's user, with the target's directory.", e);
            }
        }
    }

    private void Refresh()
    {
        var file = new FileInfo(_path);
        var state = file.Exists ? (file.LastWriteTimeUtc, file.Length) : default;
        if (state == _seen)
        {
            return;
        }

        _hosts = file.Exists ? Load() : [];
        _seen = state;
    }

    private Dictionary<string, HostKeys> Load()
    {
        try
        {
            if ((File.GetUnixFileMode(_path) & ~OwnerOnly) != 0)
            {
                throw new TargetException("target.host-keys-open", $"{_path} may be read by others than its owner.",
                    $"chmod 600 {_path}, and give the hosts new secrets if somebody may have read them.");
            }

            var records = JsonSerializer.Deserialize(File.ReadAllText(_path), HostKeyJson.Default.HostKeyRecords);
            return records is { Version: CurrentVersion, Hosts: not null } && records.Hosts.All(h => Nqn.Problem(h.HostNqn) is null)
                ? records.Hosts.ToDictionary(h => h.HostNqn, h => h.Read())
                : throw new JsonException("it has another version, no list of hosts or a host without NQN");
        }
        catch (Exception e) when (e is JsonException or FormatException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            throw new TargetException("target.host-keys-damaged", $"{_path} cannot be read: {e.Message}",
                "Put the last good copy of the file back, or remove it and set the hosts' secrets again.", e);
        }
    }

    /// <summary>Replaces the file as a whole: after a crash it is either the old or the new one.</summary>
    private void Save(Dictionary<string, HostKeys> hosts)
    {
        var next = _path + ".new";
        File.Delete(next); // one that a crash left could have another mode
        using (var file = new FileStream(next, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly }))
        {
            JsonSerializer.Serialize(file, new HostKeyRecords(CurrentVersion,
                [.. hosts.Select(h => HostKeyRecord.Of(h.Key, h.Value))]), HostKeyJson.Default.HostKeyRecords);
            file.Flush(flushToDisk: true);
        }

        File.Move(next, _path, overwrite: true);
        Posix.SyncDirectory(directory);
    }
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(HostKeyRecords))]
internal sealed partial class HostKeyJson : JsonSerializerContext;
