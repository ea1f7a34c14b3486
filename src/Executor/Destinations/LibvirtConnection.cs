using System.Text.Json;
using Migrate.Executor.Destinations.Commands;
using Migrate.Executor.Destinations.Facts;
using Migrate.Planner;

namespace Migrate.Executor.Destinations;

/// <summary>
/// A connection to a libvirt daemon. Every call names its domain and looks it up afresh, so no handle outlives a call. libvirt's
/// failures become <see cref="MigrateException"/>s with codes <c>libvirt.*</c> and libvirt's own message. libvirt blocks: each call
/// runs on a thread of its own, so a daemon that hangs costs a thread and a <c>libvirt.timeout</c>, not the thread pool.
/// </summary>
public sealed class LibvirtConnection : IDomainMonitor
{
    // A daemon that finds what it knows of QEMU outdated asks each QEMU anew before it answers: seen to take more than a minute.
    private static readonly TimeSpan CallLimit = TimeSpan.FromMinutes(3);
    // Starting opens disks and firmware, fills huge pages and waits for QEMU's monitor; with much memory or on a loaded host that takes its time.
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan NudgeAfter = TimeSpan.FromSeconds(2);

    private readonly ConnectHandle _connection;
    private readonly TimeProvider _time;

    private LibvirtConnection(string uri, ConnectHandle connection, TimeProvider time)
    {
        Uri = uri;
        _connection = connection;
        _time = time;
    }

    public string Uri { get; }

    /// <summary>Opens a connection. By SSH it logs in once by itself first, because libvirt does not tell one failure of a login from another.</summary>
    /// <exception cref="MigrateException">host.uri, ssh.*, libvirt.unreachable, libvirt.daemon-missing, libvirt.denied, libvirt.timeout, libvirt.library-missing.</exception>
    public static async Task<LibvirtConnection> OpenAsync(string uri, TimeProvider time, CancellationToken cancellationToken)
    {
        // Whoever adds a host has the URI checked; what libvirt knows besides, its test driver for one, is opened all the same.
        var parsed = LibvirtUri.TryParse(uri, []) ?? LibvirtUri.Parse(uri);
        if (parsed.Ssh is { } login)
        {
            await new SshCommands(login, time).LogInAsync(cancellationToken);
        }

        try
        {
            var handle = await OnOwnThread(() => Open(parsed), uri, CallLimit, time, cancellationToken);
            return new LibvirtConnection(uri, handle, time);
        }
        catch (DllNotFoundException missing)
        {
            throw new MigrateException(
                "libvirt.library-missing",
                $"libvirt's client library is not installed on this machine: {missing.Message}",
                "Install it: apt-get install libvirt0 (Debian, Ubuntu), dnf install libvirt-libs (Fedora, RHEL).",
                missing);
        }
    }

    public Task<LibvirtVersions> VersionsAsync(CancellationToken cancellationToken) => CallAsync(() =>
    {
        if (LibvirtNative.virConnectGetLibVersion(_connection, out var libvirt) < 0 || LibvirtNative.virConnectGetVersion(_connection, out var qemu) < 0)
        {
            throw LibvirtError.Last().ConnectionLost(Uri);
        }
        return new LibvirtVersions(LibvirtVersions.Unpack(libvirt), LibvirtVersions.Unpack(qemu));
    }, cancellationToken);

    public Task<string> HostNameAsync(CancellationToken cancellationToken) =>
        CallAsync(() => LibvirtNative.TakeString(LibvirtNative.virConnectGetHostname(_connection)) ?? throw LibvirtError.Last().ConnectionLost(Uri), cancellationToken);

    /// <summary>The host's capabilities, as libvirt's XML.</summary>
    public Task<string> HostCapabilitiesAsync(CancellationToken cancellationToken) =>
        CallAsync(() => LibvirtNative.TakeString(LibvirtNative.virConnectGetCapabilities(_connection)) ?? throw LibvirtError.Last().ConnectionLost(Uri), cancellationToken);

    /// <summary>What a q35 domain of this type (kvm | qemu) may contain, as libvirt's XML.</summary>
    public Task<string> DomainCapabilitiesAsync(string domainType, CancellationToken cancellationToken) => CallAsync(
        () => LibvirtNative.TakeString(LibvirtNative.virConnectGetDomainCapabilities(_connection, null, "x86_64", "q35", domainType, 0))
            ?? throw new MigrateException(
                "libvirt.domain-type",
                $"libvirt at {Uri} offers no x86_64 q35 domains of type {domainType}: {LibvirtError.Last().Message}",
                "Install QEMU for x86_64 on that host, or choose the domain type that it offers (kvm needs /dev/kvm)."),
        cancellationToken);

    /// <summary>
    /// All memory in bytes, as the host's kernel counts it: those of its NUMA nodes can add up to less while it boots. Null where libvirt does not tell.
    /// </summary>
    public Task<long?> MemoryAsync(CancellationToken cancellationToken) => CallAsync(() =>
    {
        const int NameBytes = 80;
        const int FieldBytes = NameBytes + sizeof(ulong);
        var count = 0;
        if (LibvirtNative.virNodeGetMemoryStats(_connection, -1, default, ref count, 0) < 0 || count == 0)
        {
            return (long?)null;
        }

        Span<byte> fields = new byte[count * FieldBytes];
        if (LibvirtNative.virNodeGetMemoryStats(_connection, -1, fields, ref count, 0) < 0)
        {
            return null;
        }

        for (; count > 0; count--, fields = fields[FieldBytes..])
        {
            if (fields.StartsWith("total\0"u8))
            {
                return 1024 * BitConverter.ToInt64(fields[NameBytes..]);
            }
        }

        return null;
    }, cancellationToken);

    /// <summary>Free memory of NUMA nodes in bytes, from the first node on.</summary>
    public Task<IReadOnlyList<long>> FreeMemoryAsync(int cells, CancellationToken cancellationToken) => CallAsync(() =>
    {
        Span<ulong> free = new ulong[cells];
        var told = LibvirtNative.virNodeGetCellsFreeMemory(_connection, free, 0, cells);
        return told < 0 ? throw LibvirtError.Last().HostFailed("tell the free memory of", Uri) : (IReadOnlyList<long>)[.. free[..told].ToArray().Select(bytes => (long)bytes)];
    }, cancellationToken);

    /// <summary>Free pages of one size in one NUMA node.</summary>
    public Task<long> FreePagesAsync(int cell, long pageBytes, CancellationToken cancellationToken) => CallAsync(() =>
    {
        Span<ulong> counts = new ulong[1];
        return LibvirtNative.virNodeGetFreePages(_connection, 1, [(uint)(pageBytes / 1024)], cell, 1, counts, 0) < 0
            ? throw LibvirtError.Last().HostFailed("tell the free pages of", Uri)
            : (long)counts[0];
    }, cancellationToken);

    /// <summary>All storage pools, running or not.</summary>
    public Task<IReadOnlyList<HostPool>> StoragePoolsAsync(CancellationToken cancellationToken) => CallAsync(() => StoragePools.Of(_connection, Uri), cancellationToken);

    /// <summary>All virtual networks, running or not.</summary>
    public Task<IReadOnlyList<HostNetwork>> NetworksAsync(CancellationToken cancellationToken) => CallAsync(() => VirtualNetworks.Of(_connection, Uri), cancellationToken);

    public async Task<bool> ExistsAsync(string name, CancellationToken cancellationToken) => await FindAsync(name, cancellationToken) is not null;

    /// <summary>The UUID of the domain of this name, null when there is none.</summary>
    public Task<Guid?> FindAsync(string name, CancellationToken cancellationToken) => CallAsync(() =>
    {
        using var domain = LookUp(name, required: false);
        if (domain is null)
        {
            return (Guid?)null;
        }
        Span<byte> uuid = stackalloc byte[16];
        return LibvirtNative.virDomainGetUUID(domain, uuid) < 0 ? throw LibvirtError.Last().Failed("identify", name) : new Guid(uuid, bigEndian: true);
    }, cancellationToken);

    /// <summary>
    /// Defines a domain, validated against libvirt's schema: without that libvirt silently drops what it does not know. A domain of
    /// the same name and UUID is replaced, so defining twice is the same as once.
    /// </summary>
    public Task DefineAsync(string xml, CancellationToken cancellationToken) => CallAsync(() =>
    {
        using var domain = LibvirtNative.virDomainDefineXMLFlags(_connection, xml, LibvirtNative.DefineValidate);
        return domain.IsInvalid ? throw LibvirtError.Last().Refused() : true;
    }, cancellationToken);

    /// <summary>Starts a defined domain; nothing happens when it already runs.</summary>
    public Task StartAsync(string name, CancellationToken cancellationToken) => StartAsync(name, paused: false, cancellationToken);

    private Task<bool> StartAsync(string name, bool paused, CancellationToken cancellationToken) => CallAsync(() =>
    {
        using var domain = LookUp(name)!;
        if (State(domain, name) is DomainState.Running or DomainState.Blocked)
        {
            return true;
        }
        return LibvirtNative.virDomainCreateWithFlags(domain, paused ? LibvirtNative.StartPaused : 0) < 0 ? throw LibvirtError.Last().StartFailed(name) : true;
    }, cancellationToken, StartLimit);

    /// <summary>Stops the processors of a running domain; its guest knows nothing of it.</summary>
    public Task SuspendAsync(string name, CancellationToken cancellationToken) => CallAsync(() =>
    {
        using var domain = LookUp(name)!;
        return State(domain, name) == DomainState.Paused || LibvirtNative.virDomainSuspend(domain) >= 0 ? true : throw LibvirtError.Last().Failed("stop the processors of", name);
    }, cancellationToken);

    /// <summary>Lets a domain go on that is paused; nothing happens when it runs.</summary>
    public Task ResumeAsync(string name, CancellationToken cancellationToken) => CallAsync(() =>
    {
        using var domain = LookUp(name)!;
        return State(domain, name) is DomainState.Running or DomainState.Blocked || LibvirtNative.virDomainResume(domain) >= 0 ? true : throw LibvirtError.Last().Failed("resume", name);
    }, cancellationToken);

    /// <summary>Defines and starts; when it does not start, the definition is taken back unless it was there before.</summary>
    /// <param name="name">Of the domain.</param>
    /// <param name="xml">Its definition.</param>
    /// <param name="cancellationToken">Is looked at when it has started.</param>
    /// <param name="paused">Its guest begins when somebody resumes it.</param>
    public async Task DefineAndStartAsync(string name, string xml, CancellationToken cancellationToken, bool paused = false)
    {
        var existed = await ExistsAsync(name, cancellationToken);
        await DefineAsync(xml, cancellationToken);
        try
        {
            // A start that is left alone in mid-air could overtake its own undoing, so it is waited for and cancellation comes after.
            await StartAsync(name, paused, CancellationToken.None);
            cancellationToken.ThrowIfCancellationRequested();
        }
        catch (Exception failure) when (!existed)
        {
            await TakeBackAsync(name, failure);
            throw;
        }
    }

    /// <summary>
    /// Starts a domain that libvirt forgets when it ends, and ends when this connection does: also that of a process which is killed. Validated as by
    /// <see cref="DefineAsync"/>.
    /// </summary>
    public Task StartTransientAsync(string name, string xml, CancellationToken cancellationToken) => CallAsync(() =>
    {
        using var domain = LibvirtNative.virDomainCreateXML(_connection, xml, LibvirtNative.StartAutoDestroy | LibvirtNative.StartValidate);
        return domain.IsInvalid ? throw LibvirtError.Last().StartFailed(name) : true;
    }, cancellationToken, StartLimit);

    private async Task TakeBackAsync(string name, Exception why)
    {
        try
        {
            await DestroyAsync(name, CancellationToken.None);
            await UndefineAsync(name, removeNvram: true, CancellationToken.None);
        }
        catch (MigrateException stuck)
        {
            throw new MigrateException(
                (why as MigrateException)?.Code ?? "libvirt.start-failed",
                $"{why.Message} Taking its definition back failed too: {stuck.Message}",
                (why as MigrateException)?.Remedy ?? stuck.Remedy,
                why)
            { LeftBehind = [$"domain {name} at {Uri}: virsh destroy {name}; virsh undefine --nvram {name}"] };
        }
    }

    public Task<DomainState> StateAsync(string name, CancellationToken cancellationToken) => CallAsync(() =>
    {
        using var domain = LookUp(name)!;
        return State(domain, name);
    }, cancellationToken);

    /// <summary>Null when there is no domain of this name.</summary>
    public Task<DomainState?> FindStateAsync(string name, CancellationToken cancellationToken) => CallAsync(() =>
    {
        using var domain = LookUp(name, required: false);
        return domain is null ? (DomainState?)null : State(domain, name);
    }, cancellationToken);

    /// <summary>Processor time of a domain since it was started: its guest's and QEMU's.</summary>
    public Task<TimeSpan> CpuTimeAsync(string name, CancellationToken cancellationToken) => CallAsync(() =>
    {
        using var domain = LookUp(name)!;
        return LibvirtNative.virDomainGetInfo(domain, out var info) < 0
            ? throw LibvirtError.Last().Failed("read the processor time of", name) : TimeSpan.FromTicks((long)(info.CpuNanoseconds / TimeSpan.NanosecondsPerTick));
    }, cancellationToken);

    /// <summary>Asks the guest to shut down (ACPI) and waits for it; false when it did not within <paramref name="patience"/>.</summary>
    public async Task<bool> ShutDownAsync(string name, TimeSpan patience, CancellationToken cancellationToken)
    {
        await CallAsync(() =>
        {
            using var domain = LookUp(name)!;
            return State(domain, name) == DomainState.ShutOff || LibvirtNative.virDomainShutdownFlags(domain, 0) >= 0
                ? true
                : throw LibvirtError.Last().Failed("shut down", name);
        }, cancellationToken);
        return await WaitForShutOffAsync(name, patience, cancellationToken);
    }

    /// <summary>
    /// Waits for a guest to power itself off; false when it did not within <paramref name="patience"/>. libvirt can miss QEMU's
    /// event and leave the domain "in shutdown" for ever; any QMP command makes it look again.
    /// </summary>
    public async Task<bool> WaitForShutOffAsync(string name, TimeSpan patience, CancellationToken cancellationToken)
    {
        var began = _time.GetTimestamp();
        long? shuttingSince = null;
        while (true)
        {
            var state = await StateAsync(name, cancellationToken);
            if (state is DomainState.ShutOff or DomainState.Crashed)
            {
                return true;
            }
            if (_time.GetElapsedTime(began) >= patience)
            {
                return false;
            }
            shuttingSince = state == DomainState.ShuttingDown ? shuttingSince ?? _time.GetTimestamp() : null;
            if (shuttingSince is { } since && _time.GetElapsedTime(since) >= NudgeAfter)
            {
                await NudgeAsync(name, cancellationToken);
                shuttingSince = _time.GetTimestamp();
            }
            await Task.Delay(PollInterval, _time, cancellationToken);
        }
    }

    /// <summary>Ends the domain at once; nothing happens when it is not running or not there.</summary>
    public Task DestroyAsync(string name, CancellationToken cancellationToken) => CallAsync(() =>
    {
        using var domain = LookUp(name, required: false);
        if (domain is null || State(domain, name) == DomainState.ShutOff || LibvirtNative.virDomainDestroyFlags(domain, 0) >= 0)
        {
            return true;
        }
        var error = LibvirtError.Last();
        // It ended by itself between the look and the call.
        return error.Code is LibvirtError.OperationInvalid or LibvirtError.NoDomain ? true : throw error.Failed("end", name);
    }, cancellationToken);

    /// <summary>Removes the definition, with its NVRAM when asked; nothing happens when it is not there.</summary>
    public Task UndefineAsync(string name, bool removeNvram, CancellationToken cancellationToken) => CallAsync(() =>
    {
        using var domain = LookUp(name, required: false);
        var flags = LibvirtNative.UndefineLeftovers | (removeNvram ? LibvirtNative.UndefineNvram : LibvirtNative.UndefineKeepNvram);
        return domain is null || LibvirtNative.virDomainUndefineFlags(domain, flags) >= 0 ? true : throw LibvirtError.Last().Failed("undefine", name);
    }, cancellationToken);

    /// <summary>The definition as libvirt keeps it, or of the running instance.</summary>
    public Task<string> ReadXmlAsync(string name, bool inactive, CancellationToken cancellationToken) => CallAsync(() =>
    {
        using var domain = LookUp(name)!;
        return LibvirtNative.TakeString(LibvirtNative.virDomainGetXMLDesc(domain, inactive ? LibvirtNative.XmlInactive : 0))
            ?? throw LibvirtError.Last().Failed("describe", name);
    }, cancellationToken);

    /// <summary>The definitions of all domains that the host has.</summary>
    public Task<IReadOnlyList<string>> ListDefinitionsAsync(CancellationToken cancellationToken) => CallAsync(() => DomainList.Of(_connection, Uri), cancellationToken);

    /// <summary>A QMP command to the domain's QEMU; the result is what QEMU put under "return".</summary>
    public async Task<JsonElement> MonitorCommandAsync(string name, string json, CancellationToken cancellationToken)
    {
        var answer = await CallAsync(() =>
        {
            using var domain = LookUp(name)!;
            return LibvirtNative.virDomainQemuMonitorCommand(domain, json, out var result, 0) < 0
                ? throw LibvirtError.Last().Failed("pass a monitor command to", name)
                : LibvirtNative.TakeString(result) ?? "{}";
        }, cancellationToken);
        using var document = JsonDocument.Parse(answer);
        if (document.RootElement.TryGetProperty("return", out var returned))
        {
            return returned.Clone();
        }
        var reason = document.RootElement.TryGetProperty("error", out var error) && error.TryGetProperty("desc", out var text) ? text.GetString() : answer;
        throw new MigrateException(
            "libvirt.monitor",
            $"QEMU of the domain {name} refuses a monitor command: {reason}",
            "The host's QEMU may be too old for it (block-latency-histogram-set needs 4.0); probe the host again.");
    }

    /// <summary>A command to the agent in the domain's guest; the result is what it put under "return".</summary>
    /// <exception cref="MigrateException">guest.agent-silent: nobody answers; guest.agent-refused.</exception>
    public async Task<JsonElement> AgentCommandAsync(string name, string json, TimeSpan patience, CancellationToken cancellationToken)
    {
        var answer = await CallAsync(() =>
        {
            using var domain = LookUp(name)!;
            var result = LibvirtNative.virDomainQemuAgentCommand(domain, json, Math.Max(1, (int)patience.TotalSeconds), 0);
            if (result != 0)
            {
                return LibvirtNative.TakeString(result)!;
            }

            var error = LibvirtError.Last(); // Before the next call forgets it.
            throw error.AgentFailed(name, runs: State(domain, name) is DomainState.Running or DomainState.Blocked);
        }, cancellationToken);
        using var document = JsonDocument.Parse(answer);
        return document.RootElement.TryGetProperty("return", out var returned)
            ? returned.Clone()
            : throw new LibvirtError(0, answer, 0).AgentFailed(name, runs: true);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await OnOwnThread(() =>
            {
                _connection.Dispose();
                return true;
            }, Uri, CallLimit, _time, CancellationToken.None);
        }
        catch (MigrateException hung) when (hung.Code == "libvirt.timeout")
        {
            // The daemon hangs; whoever disposes has no use for knowing, and the socket goes with the process.
        }
    }

    private static ConnectHandle Open(LibvirtUri uri)
    {
        LibvirtNative.Silence();
        if (LibvirtNative.virInitialize() < 0)
        {
            throw LibvirtError.Last().Unreachable(uri);
        }
        LibvirtNative.virResetLastError();
        using var client = uri.Ssh is { } login ? new SshClientFile(login) : null;
        var handle = LibvirtNative.virConnectOpen(uri.ForLibvirt(client?.Path));
        if (!handle.IsInvalid)
        {
            return handle;
        }
        handle.Dispose();
        throw LibvirtError.Last().Unreachable(uri);
    }

    private DomainHandle? LookUp(string name, bool required = true)
    {
        var domain = LibvirtNative.virDomainLookupByName(_connection, name);
        if (!domain.IsInvalid)
        {
            return domain;
        }
        domain.Dispose();
        var error = LibvirtError.Last();
        return error.Code == LibvirtError.NoDomain
            ? required ? throw error.NoSuchDomain(name) : null
            : throw error.Failed("look up", name);
    }

    private static DomainState State(DomainHandle domain, string name) =>
        LibvirtNative.virDomainGetState(domain, out var state, out _, 0) < 0 ? throw LibvirtError.Last().Failed("read the state of", name) : (DomainState)state;

    private async Task NudgeAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            await MonitorCommandAsync(name, """{"execute":"query-status"}""", cancellationToken);
        }
        catch (MigrateException gone) when (gone.Code is "libvirt.failed" or "libvirt.monitor" or "libvirt.no-domain")
        {
            // QEMU went away under the question, which is what was waited for; the next look at the state tells.
        }
    }

    private Task<T> CallAsync<T>(Func<T> call, CancellationToken cancellationToken, TimeSpan? limit = null) => OnOwnThread(() =>
    {
        try
        {
            return call();
        }
        catch (MigrateException failure) when (LibvirtNative.virConnectIsAlive(_connection) != 1)
        {
            throw new LibvirtError(0, failure.Message, 0).ConnectionLost(Uri);
        }
    }, Uri, limit ?? CallLimit, _time, cancellationToken);

    private static async Task<T> OnOwnThread<T>(Func<T> call, string uri, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var work = Task.Factory.StartNew(call, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            return await work.WaitAsync(limit, time, cancellationToken);
        }
        catch (TimeoutException slow)
        {
            throw new MigrateException(
                "libvirt.timeout",
                $"libvirt at {uri} did not answer within {limit.TotalSeconds:0} s.",
                "Look at libvirtd on that host (a hung QEMU monitor blocks it); restart it if need be, then retry.",
                slow)
            { IsTransient = true };
        }
    }
}
