// A vSphere server that this project did not write: govmomi's simulator package (Debian golang-github-vmware-govmomi-dev) with the
// least around it that a test needs. It prints its URL and its certificate's SHA-256 on one line, and ends when its input does.
package main

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"flag"
	"fmt"
	"io"
	"log"
	"net/url"
	"os"

	"github.com/vmware/govmomi/simulator"
	_ "github.com/vmware/govmomi/vapi/simulator"
)

func main() {
	esx := flag.Bool("esx", false, "a standalone ESXi host instead of a vCenter")
	machines := flag.Int("vm", 2, "VMs per resource pool")
	clusters := flag.Int("cluster", 1, "clusters")
	datacenters := flag.Int("dc", 1, "datacenters")
	pools := flag.Int("pool", 0, "resource pools per cluster")
	pods := flag.Int("pod", 0, "datastore clusters per datacenter")
	stores := flag.Int("ds", 1, "datastores per datacenter")
	user := flag.String("user", "administrator@vsphere.local", "the only user that may log in")
	password := flag.String("password", "", "the user's password")
	dump := flag.String("dump", "", "a folder to write every object into, one XML file each, as govc object.save does")
	flag.Parse()

	model := simulator.VPX()
	if *esx {
		model = simulator.ESX()
	} else {
		model.Cluster = *clusters
		model.Portgroup = 2
		model.OpaqueNetwork = 1
		model.Folder = 1
		model.App = 1
		model.Datacenter = *datacenters
		model.Pool = *pools
		model.Pod = *pods
	}
	model.Datastore = *stores
	model.Machine = *machines
	if err := model.Create(); err != nil {
		log.Fatal(err)
	}
	defer model.Remove()

	model.Service.Listen = &url.URL{Host: "127.0.0.1:0", User: url.UserPassword(*user, *password)}
	model.Service.TLS = new(tls.Config)
	// The services beside vim25: tags are what the tests use of them.
	model.Service.RegisterEndpoints = true
	server := model.Service.NewServer()
	defer server.Close()

	if *dump != "" {
		if err := save(server.URL, *dump); err != nil {
			log.Fatal(err)
		}
	}

	thumbprint := sha256.Sum256(server.Certificate().Raw)
	fmt.Printf("https://%s %s\n", server.URL.Host, hex.EncodeToString(thumbprint[:]))
	_, _ = io.Copy(io.Discard, os.Stdin)
}
