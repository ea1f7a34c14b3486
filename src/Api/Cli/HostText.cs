using System.Globalization;
using System.Net;
using Migrate.Api.Hosts;
using Migrate.Executor.Destinations;
using Migrate.Planner.Concerns;

namespace Migrate.Api.Cli;

/// <summary>A KVM host as text: what was read of it, what could not be, and what is in the way.</summary>
internal static class HostText
{
    public static void Write(HostView host, TextWriter output)
    {
        output.WriteLine($"{host.Name} ({host.Uri}): domains get type '{host.EffectiveDomainType}', attachment {host.Attachment}.");
        output.WriteLine(host.ProbeDetail);
        if (host.Targets.Count > 0)
        {
            output.WriteLine($"It reaches the target at {string.Join(" and ", host.Targets)}.");
        }

        if (HostRegister.FactsOf(host.Facts) is not { } facts)
        {
            output.WriteLine("Nothing was read of it yet.");
            return;
        }

        output.WriteLine();
        WriteFacts(facts, output);
        output.WriteLine();
        WriteFindings(host, output);
    }

    public static void WriteCheck(HostCheck check, TextWriter output)
    {
        if (check.Paths.Count + check.Ports.Count > 0)
        {
            var tried = new Table("TRIED FROM", "TO", "BY", "RESULT", "DETAIL");
            foreach (var port in check.Ports)
            {
                tried.Add(port.From, IPEndPoint.TryParse(port.Address, out var at) ? new IPEndPoint(at.Address, port.Port).ToString() : $"{port.Address}:{port.Port}", "", port.Outcome, port.Words);
            }

            foreach (var path in check.Paths)
            {
                tried.Add(path.From, path.Address, path.Interface ?? "", path.Outcome, path.Mtu > 0 ? $"MTU {path.Mtu}: {path.Words}" : path.Words);
            }

            tried.Write(output);
            output.WriteLine();
        }

        WriteFindings(check.Host, output);
    }

    private static void WriteFindings(HostView host, TextWriter output)
    {
        if (host.Findings.Count == 0)
        {
            output.WriteLine($"Nothing is in the way on {host.Name}.");
            return;
        }

        foreach (var finding in host.Findings)
        {
            output.WriteLine($"{Word(finding.Severity)}  {finding.Id}  {Table.Clean(finding.Assessment)}");
            output.WriteLine($"       {Table.Clean(finding.Remedy)}");
        }
    }

    private static void WriteFacts(KvmHostFacts facts, TextWriter output)
    {
        var software = facts.Software;
        (string, string?)[] lines =
        [
            ("read", Text.Time(facts.ReadAt)),
            ("versions", $"libvirt {facts.Libvirt}, QEMU {facts.Qemu}, kernel {facts.Kernel ?? "unknown"}, {facts.Distribution?.Name ?? "distribution unknown"}"),
            ("processor", $"{facts.Cpu.Name ?? facts.CpuModel}: {Text.Count(facts.Cpus, "CPU")} in {Text.Count(facts.NumaNodes, "NUMA node")}"),
            ("memory", $"{Text.Bytes(facts.MemoryBytes)}, {(facts.AvailableBytes is { } free ? Text.Bytes(free) : "unknown")} free, {Text.Bytes(facts.HugePageBytes ?? 0)} in huge pages"),
            ("io_uring", facts.IoUring.Detail),
            ("firmware", $"UEFI {Yes(facts.Efi)}, Secure Boot {Yes(facts.SecureBoot)}, TPM {Yes(facts.TpmEmulator)}"),
            ("NVMe/TCP", software is null ? null : $"nvme-cli {software.NvmeCli ?? "missing"}, module {software.NvmeTcp}, nvmf-autoconnect {software.NvmeAutoconnect ?? "missing"}"),
            ("conversion", software is null ? null : $"virt-v2v {software.VirtV2v ?? "missing"}, in place {software.VirtV2vInPlace ?? "missing"}, Windows: {WindowsOf(facts)}"),
            ("clock", facts.Clock is { } clock ? string.Create(CultureInfo.InvariantCulture, $"synchronised: {Yes(clock.Synchronised)}; {clock.OffsetSeconds:0.0} s from this server's, to within {clock.UncertaintySeconds:0.0} s") : null),
        ];
        foreach (var (name, text) in lines.Where(line => line.Item2 is not null))
        {
            output.WriteLine($"{name,-11} {Table.Clean(text!)}");
        }

        output.WriteLine();
        var nics = new Table("INTERFACE", "KIND", "SPEED", "MTU", "STATE", "NUMA", "ERRORS", "ADDRESSES");
        foreach (var nic in facts.Nics)
        {
            nics.Add(nic.Name, nic.Kind, nic.SpeedMbps is { } speed ? $"{speed} Mbit/s" : "", nic.Mtu, nic.State, nic.NumaNode?.ToString(CultureInfo.InvariantCulture) ?? "",
                nic.Errors.RxErrors + nic.Errors.TxErrors, string.Join(", ", nic.Addresses));
        }

        nics.Write(output);
        var pools = new Table("POOL", "TYPE", "ACTIVE", "FREE", "OF", "PATH");
        foreach (var pool in facts.Pools)
        {
            pools.Add(pool.Name, pool.Type, pool.Active ? "yes" : "no", Text.Bytes(pool.AvailableBytes), Text.Bytes(pool.CapacityBytes), pool.Path ?? "");
        }

        if (facts.Pools.Count > 0)
        {
            output.WriteLine();
            pools.Write(output);
        }

        foreach (var gap in facts.Gaps)
        {
            output.WriteLine($"not known: {Table.Clean(gap.Fact)} ({Table.Clean(gap.Reason)})");
        }
    }

    private static string WindowsOf(KvmHostFacts facts) => facts.Software?.VirtioWin is { } drivers
        ? string.Join(", ", drivers.Drivers.Where(one => one.Driver.Equals("vioscsi", StringComparison.OrdinalIgnoreCase)).Select(one => one.Windows))
        : "no virtio-win";

    private static string Yes(bool? known) => known switch { true => "yes", false => "no", null => "unknown" };

    private static string Word(ConcernSeverity severity) => severity switch { ConcernSeverity.Critical => "BLOCK", ConcernSeverity.Warning => "WARN ", _ => "INFO " };
}
