//! Answers of EC2, as large as asked for.
//!
//! Comes in: a number of instances. Goes out: XML with the members a real answer has. Never: two equal instances.

use std::fmt::Write as _;

/// What DescribeInstances answers for `count` instances: each with two volumes, an interface, groups and tags.
#[must_use]
pub fn described_instances(count: usize) -> String {
    let mut xml = String::from(
        "<DescribeInstancesResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">\
         <requestId>5d2f6a1e-0000-4000-8000-1a2b3c4d5e6f</requestId><reservationSet>",
    );
    for number in 0..count {
        instance(&mut xml, number);
    }
    xml + "</reservationSet></DescribeInstancesResponse>"
}

fn instance(xml: &mut String, number: usize) {
    // Writing to text cannot fail.
    let _ = write!(
        xml,
        "<item><reservationId>r-{number:017x}</reservationId><ownerId>123456789012</ownerId><groupSet/><instancesSet>\
         <item><instanceId>i-{number:017x}</instanceId><imageId>ami-0abcdef1234567890</imageId>\
         <instanceState><code>16</code><name>running</name></instanceState>\
         <privateDnsName>ip-10-0-0-1.eu-west-1.compute.internal</privateDnsName><dnsName/><reason/>\
         <keyName>operations</keyName><amiLaunchIndex>0</amiLaunchIndex><productCodes/>\
         <instanceType>m5.large</instanceType><launchTime>2026-11-22T17:44:05.000Z</launchTime>\
         <placement><availabilityZone>eu-west-1a</availabilityZone><groupName/><tenancy>default</tenancy></placement>\
         <monitoring><state>disabled</state></monitoring><subnetId>subnet-0a1b2c3d</subnetId><vpcId>vpc-0a1b2c3d</vpcId>\
         <privateIpAddress>10.0.0.1</privateIpAddress><sourceDestCheck>true</sourceDestCheck>\
         <groupSet><item><groupId>sg-0a1b2c3d</groupId><groupName>web &amp; more</groupName></item></groupSet>\
         <architecture>x86_64</architecture><rootDeviceType>ebs</rootDeviceType>\
         <rootDeviceName>/dev/xvda</rootDeviceName><blockDeviceMapping>"
    );
    for device in ["/dev/xvda", "/dev/xvdb"] {
        let _ = write!(
            xml,
            "<item><deviceName>{device}</deviceName><ebs><volumeId>vol-{number:017x}</volumeId><status>attached</status>\
             <attachTime>2026-11-22T17:44:06.000Z</attachTime><deleteOnTermination>true</deleteOnTermination></ebs></item>"
        );
    }
    let _ = write!(
        xml,
        "</blockDeviceMapping><virtualizationType>hvm</virtualizationType><hypervisor>xen</hypervisor>\
         <tagSet><item><key>Name</key><value>web-{number}</value></item>\
         <item><key>kintsugi:remediate</key><value>true</value></item></tagSet>\
         <ebsOptimized>true</ebsOptimized><enaSupport>true</enaSupport>\
         <networkInterfaceSet><item><networkInterfaceId>eni-{number:017x}</networkInterfaceId><status>in-use</status>\
         <attachment><attachmentId>eni-attach-0a1b</attachmentId><deviceIndex>0</deviceIndex></attachment></item>\
         </networkInterfaceSet><metadataOptions><state>applied</state><httpTokens>required</httpTokens></metadataOptions>\
         </item></instancesSet></item>"
    );
}
