using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Migrate.Executor.Deployment;

/// <summary>
/// Has TrueNAS 25.10 or later hold the VM's disks: a zvol per disk, exported by NVMe/TCP to one host only. The calls are those of its API
/// (JSON-RPC at /api/current), made with midclt on the system itself. TrueNAS chooses the namespaces' UUIDs, so the script ends by saying
/// under which names a host sees the disks.
/// </summary>
public static class TrueNasScript
{
    // Recommended sizes go up to 128 KiB; a volume must be a multiple of its blocks.
    private const long VolumeStep = 128 * 1024;

    public static string For(PlannedDomain domain)
    {
        var vm = domain.Request.Vm;
        var name = $"vm-{domain.Design.Uuid:N}";
        var script = new StringBuilder(
            $$"""
            #!/bin/bash
            # Disks of the VM {{ShellText.Comment(vm.Name)}} ({{vm.Key}}) on TrueNAS 25.10 or later.
            # usage: POOL=tank ADDRESS=10.0.4.2 HOSTNQN=nqn.2014-08.org.nvmexpress:uuid:... bash FILE     (as root on the TrueNAS)
            set -euo pipefail
            fail() { echo "error: $1" >&2; echo "remedy: $2" >&2; exit 1; }
            command -v midclt > /dev/null || fail "midclt is not here" "Run it in a shell of the TrueNAS."
            : "${POOL:?name of the pool}" "${ADDRESS:?address that the target listens at}" "${HOSTNQN:?NQN of the KVM host, in its /etc/nvme/hostnqn}"
            field() { python3 -c 'import json,sys; v=json.load(sys.stdin); print(v[sys.argv[1]] if isinstance(v,dict) else (v[0][sys.argv[1]] if v else ""))' "$1"; }
            version=$(midclt call system.version); version=${version//\"/}; version=${version##*-}
            [ "$(printf '%s\n25.10\n' "$version" | sort -V | head -1)" = 25.10 ] || fail "TrueNAS $version has no NVMe over TCP" "Update to 25.10 (Goldeye) or later."
            midclt call service.update nvmet '{"enable": true}' > /dev/null
            host=$(midclt call nvmet.host.query "[[\"hostnqn\", \"=\", \"$HOSTNQN\"]]" | field id)
            [ -n "$host" ] || host=$(midclt call nvmet.host.create "{\"hostnqn\": \"$HOSTNQN\"}" | field id)
            port=$(midclt call nvmet.port.query "[[\"addr_trtype\", \"=\", \"TCP\"], [\"addr_traddr\", \"=\", \"$ADDRESS\"]]" | field id)
            [ -n "$port" ] || port=$(midclt call nvmet.port.create "{\"addr_trtype\": \"TCP\", \"addr_traddr\": \"$ADDRESS\", \"addr_trsvcid\": 4420}" | field id)
            subsystem=$(midclt call nvmet.subsys.query '{{Json(new object[] { new object[] { "name", "=", name } })}}' | field id)
            [ -n "$subsystem" ] || {
              # Nobody but the hosts below may connect.
              subsystem=$(midclt call nvmet.subsys.create '{{Json(new Dictionary<string, object> { ["name"] = name, ["allow_any_host"] = false })}}' | field id)
              midclt call nvmet.host_subsys.create "{\"host_id\": $host, \"subsys_id\": $subsystem}" > /dev/null
              midclt call nvmet.port_subsys.create "{\"port_id\": $port, \"subsys_id\": $subsystem}" > /dev/null
            }
            # The size of a volume's blocks is for good, so it is the pool's recommendation: smaller ones waste space on RAIDZ.
            blocks=$(midclt call pool.dataset.recommended_zvol_blocksize "$POOL"); blocks=${blocks//\"/}

            """);
        var nsid = 0;
        foreach (var disk in vm.Disks.Where(d => domain.Request.Disks.Any(a => a.DiskKey == d.Key)).OrderBy(d => d.Key))
        {
            nsid++;
            var volume = string.Create(CultureInfo.InvariantCulture, $"{name}-disk-{disk.Key}");
            var size = (disk.CapacityBytes + VolumeStep - 1) / VolumeStep * VolumeStep;
            script.Append(
                CultureInfo.InvariantCulture,
                $$"""
                # {{ShellText.Comment(disk.Label)}}: {{disk.CapacityBytes.ToString(CultureInfo.InvariantCulture)}} bytes
                [ -n "$(midclt call pool.dataset.query "[[\"id\", \"=\", \"$POOL/{{volume}}\"]]" | field id)" ] || midclt call pool.dataset.create \
                  "{\"name\": \"$POOL/{{volume}}\", \"type\": \"VOLUME\", \"volsize\": {{size.ToString(CultureInfo.InvariantCulture)}}, \"volblocksize\": \"$blocks\", \"sparse\": true}" > /dev/null
                uuid=$(midclt call nvmet.namespace.query "[[\"device_path\", \"=\", \"zvol/$POOL/{{volume}}\"]]" | field device_uuid)
                [ -n "$uuid" ] || uuid=$(midclt call nvmet.namespace.create \
                  "{\"nsid\": {{nsid.ToString(CultureInfo.InvariantCulture)}}, \"subsys_id\": $subsystem, \"device_type\": \"ZVOL\", \"device_path\": \"zvol/$POOL/{{volume}}\", \"enabled\": true}" | field device_uuid)
                echo "DISK_{{disk.Key.ToString(CultureInfo.InvariantCulture)}}=/dev/disk/by-id/nvme-uuid.$uuid"

                """);
        }
        script.Append("midclt call -job service.control START nvmet > /dev/null\n");
        script.Append("echo \"# Give the lines above to the domain's script as its environment. The volumes are empty: the disks' data is copied into them.\"\n");
        return script.ToString().ReplaceLineEndings("\n");
    }

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static string Json(object value) => JsonSerializer.Serialize(value, Plain);
}
