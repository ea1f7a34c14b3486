using System.Xml.Linq;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Domains;

/// <summary>Machine, firmware, what the firmware tells the guest of its machine, and the TPM.</summary>
internal static class DomainFirmware
{
    public static XElement Os(DomainDraft draft)
    {
        var type = draft.Because(
            "os/type",
            new XElement(
                "type",
                new XAttribute("arch", "x86_64"),
                draft.Because("os/type", "machine", "q35", "PCI Express, as virtio 1.0 devices want it; libvirt pins the exact version when it defines"),
                "hvm"),
            "fully virtualized, as on VMware");
        var smbios = SerialNumber(draft) is null ? null : draft.Because("os/smbios", new XElement("smbios", new XAttribute("mode", "sysinfo")), "the guest sees the serial number below");
        if (draft.Vm.Firmware != "efi")
        {
            draft.Note("os", "BIOS", "the VM booted by BIOS; its boot loader is in the MBR", Basis.Inventory("firmware"));
            return new XElement("os", type, smbios);
        }
        var secure = draft.Vm.SecureBoot ? "yes" : "no";
        var firmware = new XElement("firmware");
        if (draft.Vm.SecureBoot)
        {
            firmware.Add(draft.Because("os/firmware/feature", Feature("enrolled-keys", "yes"), "Secure Boot checks nothing without enrolled keys", Basis.Inventory("secureBoot")));
        }
        firmware.Add(draft.Because("os/firmware/feature", Feature("secure-boot", secure), draft.Vm.SecureBoot ? "Secure Boot was on" : "Secure Boot was off", Basis.Inventory("secureBoot")));
        return new XElement("os", draft.Because("os", "firmware", "efi", "the VM booted by UEFI; libvirt selects the host's firmware", Basis.Inventory("firmware")), type, firmware, smbios);
    }

    /// <summary>VMware's serial number of the machine, which agents and licences go by.</summary>
    public static XElement? SysInfo(DomainDraft draft) => SerialNumber(draft) is not { } serial ? null : draft.Because(
        "sysinfo",
        new XElement("sysinfo", new XAttribute("type", "smbios"), new XElement("system", new XElement("entry", new XAttribute("name", "serial"), serial))),
        "the serial number that VMware made of the BIOS UUID: inventories and licences know the machine by it",
        Basis.Inventory("biosUuid"));

    public static XElement? Tpm(DomainDraft draft)
    {
        var (wanted, why, basis) = draft.Policy.Tpm switch
        {
            Choice.Always => (true, "the policy gives it one", Basis.Policy("tpm")),
            Choice.Never => (false, "the policy gives it none", Basis.Policy("tpm")),
            _ => (draft.Vm.Security.HasVirtualTpm, "the VM had one; what it kept does not come along, so that keys sealed in it (BitLocker) need their recovery", Basis.Inventory("security.hasVirtualTpm")),
        };
        if (!wanted)
        {
            if (draft.Vm.Security.HasVirtualTpm)
            {
                draft.Note("tpm", "absent", why, basis);
            }
            return null;
        }
        if (draft.Request.Host.TpmEmulator == false)
        {
            draft.Problems.Add("the VM needs a TPM, and the host can emulate none (install swtpm there, or set the policy's tpm to Never)");
        }
        return draft.Because(
            "tpm",
            new XElement("tpm", new XAttribute("model", "tpm-crb"), new XElement("backend", new XAttribute("type", "emulator"), new XAttribute("version", "2.0"))),
            why,
            basis);
    }

    /// <summary>"VMware-" and the UUID's bytes, a dash between the eighth and the ninth.</summary>
    private static string? SerialNumber(DomainDraft draft)
    {
        if (!Guid.TryParse(draft.Vm.BiosUuid, out var uuid) || uuid == Guid.Empty)
        {
            return null;
        }
        var bytes = uuid.ToString("N").Chunk(2).Select(pair => new string(pair)).ToList();
        return $"VMware-{string.Join(' ', bytes.Take(8))}-{string.Join(' ', bytes.Skip(8))}";
    }

    private static XElement Feature(string name, string enabled) =>
        new("feature", new XAttribute("enabled", enabled), new XAttribute("name", name));
}
